import type { ApiDefinition } from '../schema.ts'

/** Resource types: 2 topic, 4 broker, 8 broker logger, 32 group. No configuration keys (null): all of them. */
export const describeConfigs = {
  key: 32,
  name: 'DescribeConfigs',
  versions: '1-4',
  flexible: '4+',
  request: {
    resources: {
      arrayOf: {
        resourceType: 'int8',
        resourceName: 'string',
        configurationKeys: { arrayOf: 'string', nullable: '1+' },
      },
    },
    includeSynonyms: { type: 'boolean', default: false },
    includeDocumentation: { type: 'boolean', versions: '3+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    results: {
      arrayOf: {
        errorCode: 'int16',
        errorMessage: { type: 'string', nullable: '1+' },
        resourceType: 'int8',
        resourceName: 'string',
        configs: {
          arrayOf: {
            name: 'string',
            value: { type: 'string', nullable: '1+' },
            readOnly: 'boolean',
            configSource: { type: 'int8', default: -1 },
            isSensitive: 'boolean',
            synonyms: { arrayOf: { name: 'string', value: { type: 'string', nullable: '1+' }, source: 'int8' } },
            configType: { type: 'int8', versions: '3+' },
            documentation: { type: 'string', versions: '3+', nullable: '3+' },
          },
        },
      },
    },
  },
} as const satisfies ApiDefinition
