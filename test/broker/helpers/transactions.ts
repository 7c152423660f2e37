import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { addOffsetsToTxn, addPartitionsToTxn, describeProducers, describeTransactions, endTxn, initProducerId, produce, readBatchHeaders, transactionMarker, txnOffsetCommit } from '../../../lib/protocol/index.ts'
import type { RequestInput, ResponseOf } from '../../../lib/protocol/index.ts'
import { uniqueName } from './broker-under-test.ts'
import { batchOf, numbered, recordsIn } from './batches.ts'
import type { RawClient } from './raw-client.ts'
import { fetchFrom, until } from './topics.ts'
import type { ProduceAnswer, TestTopic } from './topics.ts'

/** Of the old protocol, which adds partitions first and keeps its epoch, and of transactions v2. */
export const V1 = { produce: 9, end: 3, commitOffsets: 3 } as const
export const V2 = { produce: 13, end: 5, commitOffsets: 5 } as const
export type ProtocolVersions = typeof V1 | typeof V2

type EndAnswer = ResponseOf<typeof endTxn>
type InitAnswer = ResponseOf<typeof initProducerId>

/** A producer with a transactional id that does what it is told, and remembers only its id and epoch. */
export class RawTransactions {
  readonly id: string
  producerId = -1
  epoch = -1
  readonly #client: RawClient
  readonly #versions: ProtocolVersions

  constructor(client: RawClient, versions: ProtocolVersions = V2, id = uniqueName('txn')) {
    this.#client = client
    this.#versions = versions
    this.id = id
  }

  /** One request, whatever the answer. */
  async tryInit(options: Partial<RequestInput<typeof initProducerId>> = {}, version = 5): Promise<InitAnswer> {
    const answer = await this.#client.request(initProducerId, version, { transactionalId: this.id, transactionTimeoutMs: 60_000, ...options })
    if (answer.errorCode === errorCodes.NONE) {
      this.producerId = answer.producerId
      this.epoch = answer.producerEpoch
    }
    return answer
  }

  /** Waits until what was open is aborted. */
  async init(options: Partial<RequestInput<typeof initProducerId>> = {}): Promise<this> {
    let error: number = errorCodes.CONCURRENT_TRANSACTIONS
    await until(async () => (error = (await this.tryInit(options)).errorCode) !== errorCodes.CONCURRENT_TRANSACTIONS)
    expect(error).toBe(errorCodes.NONE)
    return this
  }

  async produce(topic: TestTopic, sequence: number, options: { count?: number; partition?: number; version?: number; epoch?: number; transactional?: boolean } = {}): Promise<ProduceAnswer> {
    const { count = 1, partition = 0, version = this.#versions.produce, epoch = this.epoch, transactional = true } = options
    const records = batchOf(numbered(count), { producerId: this.producerId, producerEpoch: epoch, baseSequence: sequence, transactional })
    const answer = await this.#client.request(produce, version, {
      transactionalId: this.id, acks: -1, timeoutMs: 10_000, topicData: [{ name: topic.name, topicId: topic.id, partitionData: [{ index: partition, records }] }],
    })
    return answer.responses[0]!.partitionResponses[0]!
  }

  /** The error of every partition, in order. */
  async addPartitions(topic: string, partitions: readonly number[], version = 3): Promise<number[]> {
    const answer = await this.#client.request(addPartitionsToTxn, version, {
      v3AndBelowTransactionalId: this.id, v3AndBelowProducerId: this.producerId, v3AndBelowProducerEpoch: this.epoch, v3AndBelowTopics: [{ name: topic, partitions }],
      transactions: [{ transactionalId: this.id, producerId: this.producerId, producerEpoch: this.epoch, topics: [{ name: topic, partitions }] }],
    })
    const results = version < 4 ? answer.resultsByTopicV3AndBelow : answer.resultsByTransaction[0]!.topicResults
    return results[0]!.resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode)
  }

  async addOffsets(groupId: string): Promise<number> {
    return (await this.#client.request(addOffsetsToTxn, 3, { transactionalId: this.id, producerId: this.producerId, producerEpoch: this.epoch, groupId })).errorCode
  }

  async commitOffset(groupId: string, topic: string, offset: number, options: Partial<RequestInput<typeof txnOffsetCommit>> & { version?: number } = {}): Promise<number> {
    const { version = this.#versions.commitOffsets, ...rest } = options
    const answer = await this.#client.request(txnOffsetCommit, version, {
      transactionalId: this.id, groupId, producerId: this.producerId, producerEpoch: this.epoch, ...rest,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: '' }] }],
    })
    return answer.topics[0]!.partitions[0]!.errorCode
  }

  /** One request, whatever the answer; the epoch that comes with it is taken on. */
  async tryEnd(committed: boolean, options: { version?: number; epoch?: number } = {}): Promise<EndAnswer> {
    const { version = this.#versions.end, epoch = this.epoch } = options
    const answer = await this.#client.request(endTxn, version, { transactionalId: this.id, producerId: this.producerId, producerEpoch: epoch, committed })
    if (answer.errorCode === errorCodes.NONE && version >= 5) {
      this.producerId = answer.producerId
      this.epoch = answer.producerEpoch
    }
    return answer
  }

  /** Ends the transaction and waits until its markers are written. */
  async end(committed: boolean): Promise<void> {
    expect(await this.tryEnd(committed)).toMatchObject({ errorCode: errorCodes.NONE })
    await until(async () => (await this.state()) === (committed ? 'CompleteCommit' : 'CompleteAbort'))
  }

  async describe(): Promise<ResponseOf<typeof describeTransactions>['transactionStates'][number]> {
    return (await this.#client.request(describeTransactions, 0, { transactionalIds: [this.id] })).transactionStates[0]!
  }

  async state(): Promise<string> {
    return (await this.describe()).transactionState
  }
}

/** What a reader finds, in words: `commit` and `abort` are markers, numbers offsets of records; and the aborted transactions it is told of. */
export const contentOf = async (client: RawClient, topic: string, options: { offset?: number; isolationLevel?: number } = {}): Promise<{ content: (string | number)[]; aborted: (readonly [producerId: number, firstOffset: number])[] }> => {
  const { offset = 0, isolationLevel = 1 } = options
  const content: (string | number)[] = []
  const aborted = new Map<string, readonly [producerId: number, firstOffset: number]>()
  for (let next = offset, start = -1; next > start;) {
    start = next
    const answer = await fetchFrom(client, topic, start, { isolationLevel })
    for (const { producerId, firstOffset } of answer.abortedTransactions ?? []) aborted.set(`${producerId} ${firstOffset}`, [producerId, firstOffset])
    for (const batch of readBatchHeaders(answer.records ?? Buffer.alloc(0))) {
      if (batch.isControl) content.push(transactionMarker(batch)!)
      else content.push(...(await recordsIn(Buffer.from(batch.bytes))).map((record) => record.offset))
      next = batch.lastOffset + 1
    }
  }
  return { content, aborted: [...aborted.values()] }
}

export type ActiveProducer = ResponseOf<typeof describeProducers>['topics'][number]['partitions'][number]['activeProducers'][number]

export const producersOf = async (client: RawClient, topic: string): Promise<readonly ActiveProducer[]> =>
  (await client.request(describeProducers, 0, { topics: [{ name: topic, partitionIndexes: [0] }] })).topics[0]!.partitions[0]!.activeProducers

