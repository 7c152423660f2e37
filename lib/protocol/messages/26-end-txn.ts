import type { ApiDefinition } from '../schema.ts'

/** From version 5 on the answer has the id and the raised epoch for the next transaction (KIP-890). */
export const endTxn = {
  key: 26,
  name: 'EndTxn',
  versions: '0-5',
  flexible: '3+',
  request: {
    transactionalId: 'string',
    producerId: 'int64',
    producerEpoch: 'int16',
    /** True commits, false aborts. */
    committed: 'boolean',
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    producerId: { type: 'int64', versions: '5+', default: -1 },
    producerEpoch: { type: 'int16', versions: '5+', default: -1 },
  },
} as const satisfies ApiDefinition
