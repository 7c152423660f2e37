import { initProducerId } from '../protocol/messages/22-init-producer-id.ts'
import type { Cluster } from './cluster.ts'
import type { Coordinator } from './coordinator.ts'
import { throwIfError } from './kafka-errors.ts'
import type { ProducerIdentity } from './sequencer.ts'

/** Older ids to raise the epoch of, or none yet. */
const NOBODY: ProducerIdentity = { producerId: -1, producerEpoch: -1 }

/** The coordinator still ends the transaction before, mostly: soon over, so the first pause is short (ms). */
const RETRY_MS = 20

/** A producer id of one's own, for idempotence without transactions. Any broker gives one. Tried until it works or `signal` aborts. */
export const obtainIdentity = (cluster: Cluster, timeoutMs: number, signal: AbortSignal): Promise<ProducerIdentity> =>
  cluster.retrying(
    'asking for a producer id',
    async () => {
      const body = { transactionalId: undefined, transactionTimeoutMs: timeoutMs, ...NOBODY }
      const answer = await cluster.requestAny('metadata', initProducerId, body)
      throwIfError(answer.errorCode, 'asking for a producer id')
      return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
    },
    { timeoutMs: Infinity, signal },
  )

/** The id of a transactional producer in a new epoch: older producers of the name are fenced, their transactions ended. */
export const obtainTransactionalIdentity = (
  cluster: Cluster,
  coordinator: Coordinator,
  transactionalId: string,
  transactionTimeoutMs: number,
  current: ProducerIdentity = NOBODY,
): Promise<ProducerIdentity> =>
  cluster.retrying(
    `initialising transactions of ${transactionalId}`,
    async () => {
      const answer = await coordinator.request(initProducerId, { transactionalId, transactionTimeoutMs, ...current }, ({ errorCode }) =>
        throwIfError(errorCode, `initialising transactions of ${transactionalId}`),
      )
      return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
    },
    { baseMs: RETRY_MS },
  )
