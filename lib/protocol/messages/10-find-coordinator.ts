import type { ApiDefinition } from '../schema.ts'

/** Key types: 0 group, 1 transaction, 2 share group (6+). Up to version 3 one key, its answer at the top; from 4 on lists. */
export const findCoordinator = {
  key: 10,
  name: 'FindCoordinator',
  versions: '0-6',
  flexible: '3+',
  request: {
    key: { type: 'string', versions: '0-3' },
    keyType: { type: 'int8', versions: '1+', default: 0 },
    coordinatorKeys: { arrayOf: 'string', versions: '4+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    errorCode: { type: 'int16', versions: '0-3' },
    errorMessage: { type: 'string', versions: '1-3', nullable: '1-3' },
    nodeId: { type: 'int32', versions: '0-3' },
    host: { type: 'string', versions: '0-3' },
    port: { type: 'int32', versions: '0-3' },
    coordinators: {
      arrayOf: {
        key: 'string',
        nodeId: 'int32',
        host: 'string',
        port: 'int32',
        errorCode: 'int16',
        errorMessage: { type: 'string', nullable: '4+' },
      },
      versions: '4+',
    },
  },
} as const satisfies ApiDefinition
