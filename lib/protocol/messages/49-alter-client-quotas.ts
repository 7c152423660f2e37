import type { ApiDefinition } from '../schema.ts'
/** An entity is a user, a client id or both, or an IP address; no name (null) stands for all that have none of their own. */
export const alterClientQuotas = {
  key: 49,
  name: 'AlterClientQuotas',
  versions: '0-1',
  flexible: '1+',
  request: {
    entries: {
      arrayOf: {
        entity: { arrayOf: { entityType: 'string', entityName: { type: 'string', nullable: '0+' } } },
        ops: { arrayOf: { key: 'string', value: 'float64', remove: 'boolean' } },
      },
    },
    validateOnly: 'boolean',
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    entries: {
      arrayOf: {
        errorCode: 'int16',
        errorMessage: { type: 'string', nullable: '0+' },
        entity: { arrayOf: { entityType: 'string', entityName: { type: 'string', nullable: '0+' } } },
      },
    },
  },
} as const satisfies ApiDefinition
