import type { ApiDefinition } from '../schema.ts'

/** Changes single entries. Operations: 0 set, 1 delete, 2 append to a list, 3 subtract from a list. */
export const incrementalAlterConfigs = {
  key: 44,
  name: 'IncrementalAlterConfigs',
  versions: '0-1',
  flexible: '1+',
  request: {
    resources: {
      arrayOf: {
        resourceType: 'int8',
        resourceName: 'string',
        configs: {
          arrayOf: { name: 'string', configOperation: 'int8', value: { type: 'string', nullable: '0+' } },
        },
      },
    },
    validateOnly: 'boolean',
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    responses: {
      arrayOf: {
        errorCode: 'int16',
        errorMessage: { type: 'string', nullable: '0+' },
        resourceType: 'int8',
        resourceName: 'string',
      },
    },
  },
} as const satisfies ApiDefinition
