import { addOffsetsToTxn } from '../protocol/messages/25-add-offsets-to-txn.ts'
import { addPartitionsToTxn } from '../protocol/messages/24-add-partitions-to-txn.ts'
import { endTxn } from '../protocol/messages/26-end-txn.ts'
import { txnOffsetCommit } from '../protocol/messages/28-txn-offset-commit.ts'
import { errorCodes } from '../protocol/error-table.ts'
import type { Cluster } from './cluster.ts'
import { Coordinator } from './coordinator.ts'
import { RebalanceInProgressError } from './errors.ts'
import type { ClientError } from './errors.ts'
import { offsetsByTopic } from './group-offsets.ts'
import { errorOf, throwIfError } from './kafka-errors.ts'
import { byTopic } from './partitions.ts'
import type { PartitionQueue } from './partition-queue.ts'
import { obtainTransactionalIdentity } from './producer-identity.ts'
import type { ProducerIdentity } from './sequencer.ts'
import type { GroupMetadata, OffsetAndMetadata } from './types.ts'

/** The newest versions of the protocol in which partitions are announced before they are written to. */
const ADD_PARTITIONS_VERSION = 3
const ADD_OFFSETS_VERSION = 3
const OFFSET_COMMIT_VERSION = 4
const END_VERSION = 4

/** Those of transactions v2 (KIP-890): nothing is announced, and each transaction has an epoch of its own. */
const OFFSET_COMMIT_VERSION_V2 = 5
const END_VERSION_V2 = 5

/** The coordinator still ends the previous transaction: soon over, so the first pause is short (ms). */
const RETRY_MS = 20

/** The requests of one transactional id. Each is tried again until it works, fails for good, or time is up. */
export class TransactionRequests {
  readonly #cluster: Cluster
  readonly #coordinator: Coordinator
  readonly #groups = new Map<string, Coordinator>()
  readonly #transactionalId: string
  readonly #transactionTimeoutMs: number

  constructor(cluster: Cluster, transactionalId: string, transactionTimeoutMs: number) {
    this.#cluster = cluster
    this.#coordinator = new Coordinator(cluster, 'transaction', transactionalId)
    this.#transactionalId = transactionalId
    this.#transactionTimeoutMs = transactionTimeoutMs
  }

  identity(current?: ProducerIdentity): Promise<ProducerIdentity> {
    return obtainTransactionalIdentity(this.#cluster, this.#coordinator, this.#transactionalId, this.#transactionTimeoutMs, current)
  }

  async addPartitions({ producerId, producerEpoch }: ProducerIdentity, queues: Iterable<PartitionQueue>): Promise<void> {
    const doing = `adding partitions to the transaction of ${this.#transactionalId}`
    const body = {
      v3AndBelowTransactionalId: this.#transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
      v3AndBelowTopics: byTopic(queues).map(({ topic, entries }) => ({ name: topic, partitions: entries.map((queue) => queue.partition) })),
    }
    await this.#retrying(doing, () =>
      this.#coordinator.request(
        addPartitionsToTxn,
        body,
        (answer) => {
          const codes = answer.resultsByTopicV3AndBelow.flatMap((topic) => topic.resultsByPartition.map((part) => part.partitionErrorCode))
          // OPERATION_NOT_ATTEMPTED only says that another partition is the reason.
          const code = codes.find((one) => one !== 0 && one !== errorCodes.OPERATION_NOT_ATTEMPTED) ?? codes.find((one) => one !== 0)
          if (code !== undefined) throw errorOf(code, doing)
        },
        { maxVersion: ADD_PARTITIONS_VERSION },
      ),
    )
  }

  async addOffsets(identity: ProducerIdentity, groupId: string): Promise<void> {
    const doing = `adding the offsets of group ${groupId} to the transaction of ${this.#transactionalId}`
    const body = { transactionalId: this.#transactionalId, ...identity, groupId }
    await this.#retrying(doing, () =>
      this.#coordinator.request(addOffsetsToTxn, body, ({ errorCode }) => throwIfError(errorCode, doing), { maxVersion: ADD_OFFSETS_VERSION }),
    )
  }

  /** `isV2`: that makes them part of the transaction by itself. */
  async commitOffsets(
    identity: ProducerIdentity,
    group: GroupMetadata,
    offsets: ReadonlyMap<string, OffsetAndMetadata>,
    isV2: boolean,
  ): Promise<void> {
    const doing = `committing offsets of group ${group.groupId} in the transaction of ${this.#transactionalId}`
    const body = { transactionalId: this.#transactionalId, ...identity, ...group, topics: offsetsByTopic(offsets) }
    await this.#retrying(doing, () =>
      this.#groupCoordinator(group.groupId).request(
        txnOffsetCommit,
        body,
        (answer) => answer.topics.forEach((topic) => topic.partitions.forEach((part) => throwIfError(part.errorCode, doing))),
        { maxVersion: isV2 ? OFFSET_COMMIT_VERSION_V2 : OFFSET_COMMIT_VERSION },
      ),
      // a member that has to join again has lost what it did not commit before
      (error) => error.retriable && !(error instanceof RebalanceInProgressError),
    )
  }

  /**
   * Ends the transaction; answers the identity of the next one. When an answer is lost the same request is sent again, which
   * the coordinator recognises.
   */
  async end(identity: ProducerIdentity, committed: boolean, isV2: boolean): Promise<ProducerIdentity> {
    const doing = `${committed ? 'committing' : 'aborting'} the transaction of ${this.#transactionalId}`
    const body = { transactionalId: this.#transactionalId, ...identity, committed }
    const { producerId, producerEpoch } = await this.#retrying(doing, () =>
      this.#coordinator.request(endTxn, body, ({ errorCode }) => throwIfError(errorCode, doing), { maxVersion: isV2 ? END_VERSION_V2 : END_VERSION }),
    )
    return isV2 && producerId >= 0 ? { producerId, producerEpoch } : identity
  }

  #groupCoordinator(groupId: string): Coordinator {
    let coordinator = this.#groups.get(groupId)
    if (coordinator === undefined) this.#groups.set(groupId, (coordinator = new Coordinator(this.#cluster, 'group', groupId)))
    return coordinator
  }

  #retrying<T>(doing: string, attempt: () => Promise<T>, retriable?: (error: ClientError) => boolean): Promise<T> {
    const timeoutMs = Math.max(this.#transactionTimeoutMs, this.#cluster.options.requestTimeoutMs)
    return this.#cluster.retrying(doing, attempt, { baseMs: RETRY_MS, timeoutMs, ...(retriable === undefined ? {} : { retriable }) })
  }
}
