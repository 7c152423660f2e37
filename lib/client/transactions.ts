import type { Cluster } from './cluster.ts'
import { AuthenticationError, ClientError, ClosedError, DeliveryError, InvalidRequestError, ProducerFencedError, TransactionAbortableError } from './errors.ts'
import { asClientError } from './kafka-errors.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { ResolvedProducerOptions } from './producer-options.ts'
import type { ProducerIdentity, Sequencer } from './sequencer.ts'
import { TransactionRequests } from './transaction-requests.ts'
import type { GroupMetadata, OffsetAndMetadata } from './types.ts'

/** `broken`: something failed, only an abort helps. */
type State = 'new' | 'ready' | 'open' | 'ending' | 'broken'

/** Kafka's errors that say the transactional id belongs to somebody else, or is in a state it cannot leave. */
const FATAL: readonly (string | undefined)[] = ['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_TXN_STATE', 'INVALID_PRODUCER_ID_MAPPING']

/** Kafka's errors about offsets that say: not in this generation of the group. The transaction is as it was. */
export const BETWEEN_GENERATIONS: readonly (string | undefined)[] = ['ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS']

/** At level 2 the cluster has transactions v2. */
const FEATURE = 'transaction.version'

/** What transactions need from the producer they belong to. */
export interface TransactionHost {
  /** Something may be sent now that could not before. */
  wake(): void
  flush(): Promise<void>
  /** Drops what is not under way, without reporting it. */
  drop(reason: ClientError): void
  /** Refuses appends with this error; undefined lets them through. */
  refuse(error: ClientError | undefined): void
  failed(error: ClientError): void
  /** What failed before does not count any more. */
  revived(): void
}

/**
 * The transactions of one producer, one after the other. With transactions v1 partitions are announced to the coordinator when
 * first used; where the cluster has v2 writing to them is enough, and each transaction has an epoch of its own (KIP-890).
 */
export class Transactions {
  readonly #cluster: Cluster
  readonly #requests: TransactionRequests
  readonly #sequencer: Sequencer
  readonly #host: TransactionHost
  #state: State = 'new'
  #failure: ClientError | undefined
  /** Why this producer can begin no transaction any more. */
  #fatal: ClientError | undefined
  /** Partitions the coordinator knows of in this transaction. */
  readonly #added = new Set<PartitionQueue>()
  readonly #toAdd = new Set<PartitionQueue>()
  #adding: Promise<void> | undefined
  /** The coordinator has, or may have, something to end. */
  #started = false
  #isV2 = false

  constructor(cluster: Cluster, options: ResolvedProducerOptions & { readonly transactionalId: string }, sequencer: Sequencer, host: TransactionHost) {
    this.#cluster = cluster
    this.#requests = new TransactionRequests(cluster, options.transactionalId, options.transactionTimeoutMs)
    this.#sequencer = sequencer
    this.#host = host
    this.#enter('new')
  }

  /** Writing to a partition makes it part of the transaction. */
  get isV2(): boolean {
    return this.#isV2
  }

  /** Nothing more can be written in this transaction. */
  get isLost(): boolean {
    return this.#state === 'broken' || this.#fatal !== undefined
  }

  /** Begins with a new epoch, the first time or after whatever happened. */
  async init(): Promise<void> {
    if (this.#state === 'ready' && this.#fatal === undefined) throw new InvalidRequestError('initTransactions was called before, and nothing has failed since')
    if (this.#state !== 'new') await this.#dropAll()
    this.#sequencer.identity = await this.#requests.identity()
    this.#fatal = undefined
    this.#host.revived()
    this.#finish()
  }

  begin(): void {
    if (this.#state !== 'ready' || this.#fatal !== undefined) throw this.#misplaced('beginTransaction')
    this.#isV2 = this.#cluster.featureLevel(FEATURE) >= 2
    this.#enter('open')
  }

  /** Whether records of that partition may be sent; if not yet, it is being added. */
  admits(queue: PartitionQueue): boolean {
    if (this.isLost) return false
    if (this.#isV2) {
      this.#started = true
      return true
    }
    if (this.#added.has(queue)) return true
    this.#toAdd.add(queue)
    this.#adding ??= this.#addPartitions().finally(() => {
      this.#adding = undefined
      this.#host.wake()
    })
    return false
  }

  /** Records of this transaction were given up. */
  noteFailure(error: ClientError): void {
    if (this.#state === 'open' || this.#state === 'ending') this.#break(error)
  }

  async sendOffsets(offsets: ReadonlyMap<string, OffsetAndMetadata>, group: GroupMetadata): Promise<void> {
    if (this.#state !== 'open') throw this.#misplaced('sendOffsetsToTransaction')
    if (offsets.size === 0) return
    try {
      if (!this.#isV2) await this.#requests.addOffsets(this.#identity, group.groupId)
      this.#started = true
      await this.#requests.commitOffsets(this.#identity, group, offsets, this.#isV2)
    } catch (error) {
      // the group is about to begin another generation: a member of that can still send them
      if (error instanceof ClientError && BETWEEN_GENERATIONS.includes(error.kafkaName)) throw error
      throw this.#break(asClientError(error, 'sending offsets to the transaction'))
    }
  }

  async commit(): Promise<void> {
    if (this.#state !== 'open') throw this.#misplaced('commitTransaction')
    this.#enter('ending')
    try {
      await this.#host.flush()
      if (this.#started) this.#sequencer.identity = await this.#requests.end(this.#identity, true, this.#isV2)
    } catch (error) {
      throw this.#break(asClientError(error instanceof DeliveryError ? error.cause : error, 'committing the transaction'))
    }
    this.#finish()
  }

  async abort(): Promise<void> {
    if (this.#fatal !== undefined || (this.#state !== 'open' && this.#state !== 'broken')) throw this.#misplaced('abortTransaction')
    const hasGaps = this.#state === 'broken'
    await this.#dropAll()
    const before = this.#identity
    if (this.#started) this.#sequencer.identity = await this.#attempt(this.#requests.end(before, false, this.#isV2))
    // Sequence numbers may have a gap now: a new epoch begins without one.
    if (hasGaps && this.#identity === before) this.#sequencer.identity = await this.#attempt(this.#requests.identity(before))
    this.#finish()
  }

  /** What is under way has landed afterwards: it must not land in the next transaction. */
  async #dropAll(): Promise<void> {
    this.#enter('broken')
    this.#host.drop(new ClosedError('the transaction is aborted'))
    await this.#host.flush().catch(() => {})
    await this.#adding
  }

  get #identity(): ProducerIdentity {
    return this.#sequencer.identity!
  }

  async #addPartitions(): Promise<void> {
    try {
      // One turn later the sender has named all partitions it has something for.
      await Promise.resolve()
      const queues = [...this.#toAdd]
      this.#toAdd.clear()
      await this.#requests.addPartitions(this.#identity, queues)
      this.#started = true
      for (const queue of queues) this.#added.add(queue)
    } catch (error) {
      this.#break(asClientError(error, 'adding partitions to the transaction'))
    }
  }

  #enter(state: State): void {
    this.#state = state
    this.#host.refuse(state === 'open' ? undefined : state === 'broken' ? this.#abortable() : this.#misplaced('appending'))
  }

  #finish(): void {
    this.#added.clear()
    this.#toAdd.clear()
    this.#started = false
    this.#failure = undefined
    this.#enter('ready')
  }

  /** Fatal errors end the producer, others make an abort necessary; gives what the caller is told. */
  #break(error: ClientError): ClientError {
    if (isFatal(error)) {
      this.#fail(error)
      return error
    }
    this.#failure ??= error
    this.#enter('broken')
    const reason = this.#abortable()
    // nothing of it is sent any more: nobody is to wait for that
    this.#host.drop(reason)
    return reason
  }

  async #attempt<T>(request: Promise<T>): Promise<T> {
    try {
      return await request
    } catch (error) {
      const failure = asClientError(error, 'ending the transaction')
      if (isFatal(failure)) this.#fail(failure)
      throw failure
    }
  }

  #fail(error: ClientError): void {
    this.#fatal ??= error
    this.#host.failed(error)
  }

  #abortable(): ClientError {
    const cause = this.#failure
    return new TransactionAbortableError(`the transaction must be aborted${cause ? `: ${cause.message}` : ''}`, { cause, kafkaName: cause?.kafkaName })
  }

  #misplaced(call: string): ClientError {
    if (this.#fatal !== undefined) return this.#fatal
    const hints: Record<State, string> = {
      new: 'call initTransactions first',
      ready: 'call beginTransaction first',
      open: 'a transaction is open already',
      ending: 'the transaction is being ended',
      broken: 'abort the transaction first',
    }
    return this.#state === 'broken' ? this.#abortable() : new InvalidRequestError(`${call} is not possible now: ${hints[this.#state]}`)
  }
}

const isFatal = (error: ClientError): boolean =>
  error instanceof ProducerFencedError || error instanceof AuthenticationError || FATAL.includes(error.kafkaName)
