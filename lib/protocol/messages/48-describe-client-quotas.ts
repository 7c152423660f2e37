import type { ApiDefinition } from '../schema.ts'
/** Match types: 0 that name, 1 the default (no name), 2 any. With `strict` what has other parts too does not match. */
export const describeClientQuotas = {
  key: 48,
  name: 'DescribeClientQuotas',
  versions: '0-1',
  flexible: '1+',
  request: {
    components: { arrayOf: { entityType: 'string', matchType: 'int8', match: { type: 'string', nullable: '0+' } } },
    strict: 'boolean',
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    entries: {
      arrayOf: {
        entity: { arrayOf: { entityType: 'string', entityName: { type: 'string', nullable: '0+' } } },
        values: { arrayOf: { key: 'string', value: 'float64' } },
      },
      nullable: '0+',
    },
  },
} as const satisfies ApiDefinition
