import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { endTxn, initProducerId, produce, txnOffsetCommit } from '../../../lib/protocol/index.ts'
import { uniqueName } from './broker-under-test.ts'
import { batchOf } from './batches.ts'
import { RawClient } from './raw-client.ts'

/**
 * A producer of transactions v2 that does not give up: a request whose answer was lost is sent again as it was, to the
 * broker that comes back. Every third transaction is aborted. Transaction n writes n to both partitions and commits offset n.
 */
export class StubbornTransactions {
  /** Transactions below this have ended for good. */
  ended = 0
  readonly #address: string
  readonly #topic: string
  readonly #group: string
  readonly #id = uniqueName('txn')
  #client: RawClient | undefined
  #producerId = -1
  #epoch = -1

  constructor(address: string, topic: string, group: string) {
    this.#address = address
    this.#topic = topic
    this.#group = group
  }

  static commits(transaction: number): boolean {
    return transaction % 3 !== 2
  }

  /** Goes on until so many transactions have ended. */
  async runUpTo(count: number): Promise<void> {
    if (this.#epoch < 0) {
      const given = await this.#insist((client) => client.request(initProducerId, 5, { transactionalId: this.#id, transactionTimeoutMs: 600_000 }), ({ errorCode }) => errorCode)
      this.#producerId = given.producerId
      this.#epoch = given.producerEpoch
    }
    for (; this.ended < count; this.ended++) await this.#run(this.ended)
    this.#client?.close()
    this.#client = undefined
  }

  async #run(transaction: number): Promise<void> {
    const owner = { transactionalId: this.#id, producerId: this.#producerId, producerEpoch: this.#epoch }
    for (const [partition, sequence] of [[0, 0], [1, 0], [0, 1]] as const) {
      const records = (): Buffer => batchOf([{ value: String(transaction) }], { producerId: this.#producerId, producerEpoch: this.#epoch, baseSequence: sequence, transactional: true })
      await this.#insist((client) => client.request(produce, 12, {
        transactionalId: this.#id, acks: -1, timeoutMs: 5000, topicData: [{ name: this.#topic, partitionData: [{ index: partition, records: records() }] }],
      }), (answer) => answer.responses[0]!.partitionResponses[0]!.errorCode)
    }
    await this.#insist((client) => client.request(txnOffsetCommit, 5, {
      ...owner, groupId: this.#group, topics: [{ name: this.#topic, partitions: [{ partitionIndex: 0, committedOffset: transaction, committedMetadata: '' }] }],
    }), (answer) => answer.topics[0]!.partitions[0]!.errorCode)
    const end = await this.#insist((client) => client.request(endTxn, 5, { ...owner, committed: StubbornTransactions.commits(transaction) }), ({ errorCode }) => errorCode)
    this.#producerId = end.producerId
    this.#epoch = end.producerEpoch
  }

  /** Asks until there is an answer without an error; only one error may pass. */
  async #insist<T>(ask: (client: RawClient) => Promise<T>, errorOf: (answer: T) => number): Promise<T> {
    for (;;) {
      this.#client ??= await RawClient.connect(this.#address).catch(() => undefined)
      const client = this.#client
      const answer = client === undefined ? undefined : await ask(client).catch(() => undefined)
      if (answer === undefined) {
        client?.close()
        this.#client = undefined
        await new Promise((resolve) => setTimeout(resolve, 20))
        continue
      }
      const error = errorOf(answer)
      if (error === errorCodes.NONE) return answer
      if (error !== errorCodes.CONCURRENT_TRANSACTIONS) throw new Error(`refused with ${error}`)
    }
  }
}
