import { readFileSync } from 'node:fs'
import path from 'node:path'
import { FetchedRecords, readBatchHeaders, transactionMarker } from '../../../lib/protocol/index.ts'
import type { AbortedTransaction, CompressionType } from '../../../lib/protocol/index.ts'
import { recordsOf } from './records-of.ts'

/** Log bytes as Kafka 4.3.1 gave them for what the Java producer wrote. */
const captured = readFileSync(path.join(__dirname, '../fixtures/java-batches.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { what: string; hex: string; abortedTransactions?: AbortedTransaction[] })

const bytesOf = (what: string): Buffer => Buffer.from(captured.find((one) => one.what === what)!.hex, 'hex')

const BASE = 1795258800000

/** What the Java program sent: 40 records, some with null keys, null values and headers. */
const sent = Array.from({ length: 40 }, (_, n) => ({
  offset: n,
  timestamp: BASE + n * 1000,
  key: n % 10 === 3 ? undefined : `key-${n}`,
  value: n % 10 === 7 ? undefined : `value ${n} ${'ab'.repeat(n)}`,
  headers: n % 4 === 0 ? [['h1', Buffer.from(`x${n}`)], ['h1', undefined], ['ü€', Buffer.from([0, 255])]] : [],
}))

describe.each<CompressionType>(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('a batch of the Java producer with compression %s', (compression) => {
  test('should be read record by record', async () => {
    const chunk = new FetchedRecords({ records: bytesOf(compression), fetchOffset: 0 })
    await chunk.ready
    expect(recordsOf(chunk)).toEqual(sent)
    expect(chunk).toMatchObject({ count: 40, nextOffset: 40, isIncomplete: false })
  })

  test('should be read from an offset in its middle', async () => {
    const chunk = new FetchedRecords({ records: bytesOf(compression), fetchOffset: 35 })
    await chunk.ready
    expect(recordsOf(chunk)).toEqual(sent.slice(35))
  })

  test('should be described by its header', () => {
    const [batch, ...more] = [...readBatchHeaders(bytesOf(compression))]
    expect(more).toEqual([])
    expect(batch).toMatchObject({ baseOffset: 0, lastOffset: 39, recordCount: 40, compression, producerEpoch: 0, baseSequence: 0, lastSequence: 39, isControl: false, isTransactional: false, baseTimestamp: BASE, maxTimestamp: BASE + 39000 })
    expect(batch!.hasValidCrc()).toBe(true)
  })
})

describe('the log of a transactional Java producer', () => {
  const records = bytesOf('transactions')
  const { abortedTransactions } = captured.find(({ what }) => what === 'transactions')!
  const values = (chunk: FetchedRecords) => recordsOf(chunk).map(({ offset, value }) => [offset, value])

  test('should have markers that are recognised', () => {
    const markers = [...readBatchHeaders(records)].filter((batch) => batch.isControl).map((batch) => [batch.baseOffset, transactionMarker(batch)])
    expect(markers).toEqual([[2, 'commit'], [4, 'abort'], [6, 'commit']])
  })

  test('should be read without its aborted records and markers when read_committed', () => {
    const chunk = new FetchedRecords({ records, fetchOffset: 0, abortedTransactions })
    expect(values(chunk)).toEqual([[0, 'committed 1'], [1, 'committed 2'], [5, 'committed 3']])
    expect(chunk).toMatchObject({ count: 3, nextOffset: 7 })
  })

  test('should be read without its markers alone when read_uncommitted', () => {
    expect(values(new FetchedRecords({ records, fetchOffset: 0 }))).toEqual([[0, 'committed 1'], [1, 'committed 2'], [3, 'aborted 1'], [5, 'committed 3']])
  })
})
