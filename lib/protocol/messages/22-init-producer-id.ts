import type { ApiDefinition } from '../schema.ts'

/** Versions: 3 the producer's own id and epoch, to raise the epoch; 4 and 5 other errors and transactions only. */
export const initProducerId = {
  key: 22,
  name: 'InitProducerId',
  versions: '0-5',
  flexible: '2+',
  request: {
    transactionalId: { type: 'string', nullable: '0+' },
    transactionTimeoutMs: 'int32',
    producerId: { type: 'int64', versions: '3+', default: -1 },
    producerEpoch: { type: 'int16', versions: '3+', default: -1 },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    producerId: { type: 'int64', default: -1 },
    producerEpoch: 'int16',
  },
} as const satisfies ApiDefinition
