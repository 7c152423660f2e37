// What one record costs in the protocol: appending it to a batch and stepping over it. Run: npx tsx bench/micro/records.ts
import type { ByteWriter } from '../../lib/core/byte-writer.ts'
import { Headers } from '../../lib/core/headers.ts'
import { FetchedRecords, RecordBatchWriter } from '../../lib/protocol/index.ts'

const RECORDS = 2250
const ROUNDS = 400
const text = { write: (data: string, out: ByteWriter) => out.writeUtf8(data) }
const keys = Array.from({ length: 10_000 }, (_, i) => `key-${i}`)
const value = 'v'.repeat(100)

const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1]!

const nsPerRecord = (step: () => void): number => {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    step()
    times.push(Number(process.hrtime.bigint() - start) / RECORDS)
  }
  return median(times)
}

const fill = (writer: RecordBatchWriter): void => {
  for (let i = 0; i < RECORDS; i++) writer.appendWith(1_700_000_000_000 + i, keys[(i * 7919) % keys.length], text, value, text, Headers.empty)
}

const writer = new RecordBatchWriter(512 * 1024)
const append = nsPerRecord(() => {
  writer.reset()
  fill(writer)
})
const seal = nsPerRecord(() => writer.seal())
const records = Buffer.from(writer.seal())

let sum = 0
const walk = (checkCrcs: boolean) => () => {
  const cursor = new FetchedRecords({ records, fetchOffset: 0, checkCrcs }).cursor()
  while (cursor.next()) sum += cursor.valueEnd - cursor.keyStart
}
const decode = nsPerRecord(walk(false))
const checked = nsPerRecord(walk(true))
const strings = nsPerRecord(() => {
  const cursor = new FetchedRecords({ records, fetchOffset: 0 }).cursor()
  while (cursor.next()) {
    sum += cursor.buffer.utf8Slice(cursor.keyStart, cursor.keyEnd).length + cursor.buffer.utf8Slice(cursor.valueStart, cursor.valueEnd).length
  }
})

const line = (what: string, ns: number): void => console.log(`${what.padEnd(46)} ${ns.toFixed(1).padStart(7)} ns/record`)
line('append (key string, 100-byte value string)', append)
line('seal (header and crc32c)', seal)
line('cursor, positions only', decode)
line('cursor, positions and crc32c', checked)
line('cursor, crc32c, key and value as strings', strings)
if (sum === 0) throw new Error('nothing was read')
