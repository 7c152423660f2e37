import { listTransactions } from '../../protocol/messages/66-list-transactions.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { PatternError, topicPattern } from '../groups/consumer/topic-pattern.ts'
import { transactionStates } from '../transactions/transaction.ts'
import { isCoordinator } from './coordinated.ts'
import { handler } from './handler.ts'

/** The whole id must match; `undefined` for a pattern that is none. */
const matcherOf = (pattern: string | undefined): ((id: string) => boolean) | undefined => {
  if (pattern === undefined || pattern === '') return () => true
  try {
    const whole = topicPattern(pattern)
    return (id) => whole.test(id)
  } catch (error) {
    if (error instanceof PatternError) return undefined
    throw error
  }
}

export const listTransactionsHandler = handler<typeof listTransactions>({
  api: listTransactions,
  handle: ({ stateFilters, producerIdFilters, durationFilter, transactionalIdPattern }, context) => {
    const { broker } = context
    const matches = matcherOf(transactionalIdPattern)
    if (matches === undefined) return { errorCode: errorCodes.INVALID_REGULAR_EXPRESSION, unknownStateFilters: [], transactionStates: [] }
    const nowMs = broker.time.now()
    const found = [...broker.transactions.all()].filter(({ transactionalId, producerId, state, startMs }) =>
      (stateFilters.length === 0 || stateFilters.includes(state)) &&
      (producerIdFilters.length === 0 || producerIdFilters.includes(producerId)) &&
      (durationFilter < 0 || nowMs - startMs > durationFilter) &&
      matches(transactionalId) &&
      isCoordinator(context, transactionalId))
    return {
      errorCode: errorCodes.NONE,
      unknownStateFilters: stateFilters.filter((state) => !transactionStates.includes(state)),
      transactionStates: found.map(({ transactionalId, producerId, state }) => ({ transactionalId, producerId, transactionState: state })),
    }
  },
  fail: (_request, errorCode) => ({ errorCode, unknownStateFilters: [], transactionStates: [] }),
})
