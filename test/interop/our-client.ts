import { Admin } from '../../lib/client/admin.ts'
import { Cluster } from '../../lib/client/cluster.ts'
import { Fetcher } from '../../lib/client/fetcher.ts'
import { Producer } from '../../lib/client/producer.ts'
import type { ProducerOptions } from '../../lib/client/types.ts'
import type { RecordChunk } from '../../lib/core/record-cursor.ts'
import { Headers } from '../../lib/core/headers.ts'
import type { ExchangedRecord } from './exchanged-record.ts'

export type Compression = NonNullable<ProducerOptions['compression']>

const PATIENCE_MS = 20_000

/** Writes and reads one partition with Millrace's own client. */
export class OurClient {
  readonly #cluster: Cluster
  readonly #admin: Admin

  constructor(brokers: string) {
    this.#cluster = new Cluster({ bootstrapServers: brokers.split(','), clientId: 'millrace-interop' })
    this.#admin = new Admin(this.#cluster)
  }

  async createTopic(name: string): Promise<void> {
    await this.#admin.createTopics([{ name, numPartitions: 1, replicationFactor: 1, configs: { 'retention.ms': '-1' } }])
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.#admin.deleteTopics(names)
  }

  async write(topic: string, records: readonly ExchangedRecord[], compression: Compression): Promise<void> {
    const producer = new Producer(this.#cluster, { compression })
    await producer.prepare([topic])
    const appender = producer.appender(topic)
    for (const { key, value, timestamp, headers } of records) {
      appender.appendBytes(0, timestamp ?? Date.now(), key, value, Headers.of(headers.map(([name, data]) => ({ key: name, value: data }))))
    }
    await producer.flush()
    await producer.close()
  }

  async read(topic: string, count: number): Promise<ExchangedRecord[]> {
    const records: ExchangedRecord[] = []
    let complete: () => void = () => {}
    const finished = new Promise<void>((resolve) => (complete = resolve))
    const timer = setTimeout(() => complete(), PATIENCE_MS)
    const fetcher = new Fetcher(this.#cluster, {
      maxWaitMs: 100,
      onChunk: (_topic, _partition, chunk) => {
        records.push(...recordsOf(chunk))
        chunk.release()
        if (records.length >= count) complete()
      },
    })
    fetcher.assign(topic, 0, 0)
    await finished
    clearTimeout(timer)
    await fetcher.close()
    return records
  }

  async close(): Promise<void> {
    await this.#cluster.close()
  }
}

const recordsOf = (chunk: RecordChunk): ExchangedRecord[] => {
  const records: ExchangedRecord[] = []
  const cursor = chunk.cursor()
  while (cursor.next()) {
    const { buffer, timestamp, keyStart, keyEnd, valueStart, valueEnd } = cursor
    const headers = cursor.headers().toArray().map(({ key, value }) => [key, value && Buffer.from(value)] as const)
    const bytes = (start: number, end: number): Buffer | undefined => (start < 0 ? undefined : Buffer.from(buffer.subarray(start, end)))
    records.push({ key: bytes(keyStart, keyEnd), value: bytes(valueStart, valueEnd), timestamp, headers })
  }
  return records
}
