import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { initProducerId, produce } from '../../../lib/protocol/index.ts'
import { batchOf } from './batches.ts'
import { RawClient } from './raw-client.ts'

const IN_FLIGHT = 3
const RECORDS = 5

/**
 * An idempotent producer that sends numbers and does not give up: whatever is not acknowledged when the connection breaks is
 * sent again, with the same sequences, to the broker that comes back.
 */
export class StubbornProducer {
  /** Numbers below this are acknowledged. */
  acknowledged = 0
  readonly #address: string
  readonly #topic: string
  #identity: { readonly producerId: number; readonly producerEpoch: number } | undefined

  constructor(address: string, topic: string) {
    this.#address = address
    this.#topic = topic
  }

  /** Sends until so many numbers are acknowledged. */
  async sendUpTo(count: number): Promise<void> {
    while (this.acknowledged < count) {
      const client = await RawClient.connect(this.#address).catch(() => undefined)
      if (client === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        continue
      }
      await this.#sendOver(client, count).catch(() => {})
      client.close()
    }
  }

  async #sendOver(client: RawClient, count: number): Promise<void> {
    this.#identity ??= await client.request(initProducerId, 4, { transactionTimeoutMs: 0 })
    const answers: Promise<number>[] = []
    let next = this.acknowledged
    while (this.acknowledged < count) {
      while (next < count && answers.length < IN_FLIGHT) {
        const answer = this.#send(client, next)
        // Looked at later, in order; a broken connection fails all of them.
        answer.catch(() => {})
        answers.push(answer)
        next += RECORDS
      }
      const error = await answers.shift()!
      if (error !== errorCodes.NONE) throw new Error(`refused with ${error}`)
      this.acknowledged += RECORDS
    }
  }

  async #send(client: RawClient, first: number): Promise<number> {
    const { producerId, producerEpoch } = this.#identity!
    const records = batchOf(Array.from({ length: RECORDS }, (_, i) => ({ value: String(first + i) })), { producerId, producerEpoch, baseSequence: first })
    const answer = await client.request(produce, 9, { acks: -1, timeoutMs: 5000, topicData: [{ name: this.#topic, partitionData: [{ index: 0, records }] }] })
    return answer.responses[0]!.partitionResponses[0]!.errorCode
  }
}
