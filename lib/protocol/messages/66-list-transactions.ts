import type { ApiDefinition } from '../schema.ts'

/** Versions: 1 only those that run longer than a time (ms; -1: all), 2 only ids that match a pattern. Empty filters let everything pass. */
export const listTransactions = {
  key: 66,
  name: 'ListTransactions',
  versions: '0-2',
  flexible: '0+',
  request: {
    stateFilters: { arrayOf: 'string' },
    producerIdFilters: { arrayOf: 'int64' },
    durationFilter: { type: 'int64', versions: '1+', default: -1 },
    transactionalIdPattern: { type: 'string', versions: '2+', nullable: '2+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    unknownStateFilters: { arrayOf: 'string' },
    transactionStates: {
      arrayOf: { transactionalId: 'string', producerId: 'int64', transactionState: 'string' },
    },
  },
} as const satisfies ApiDefinition
