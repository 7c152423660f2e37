import { Broker } from '../../../lib/broker/index.ts'
import { READ_BYTES, ReadBuffers } from '../../../lib/broker/log/file-range.ts'
import { batchOf, recordsIn } from '../helpers/batches.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { withDirectory } from '../helpers/test-log.ts'
import { createTopic, fetchFrom, produceTo } from '../helpers/topics.ts'

describe('ReadBuffers', () => {
  test('should give a buffer again only when it has come back', () => {
    const buffers = new ReadBuffers()
    const [first, second] = [buffers.take(READ_BYTES), buffers.take(100_000)]
    expect(second).toHaveLength(100_000)
    expect(second.buffer).not.toBe(first.buffer)
    buffers.give(first.subarray(5))
    buffers.give(first)
    const [third, fourth] = [buffers.take(READ_BYTES), buffers.take(READ_BYTES)]
    expect(third.buffer).toBe(first.buffer)
    expect([first.buffer, second.buffer]).not.toContain(fourth.buffer)
  })

  test('should leave alone what is not its own', () => {
    const buffers = new ReadBuffers()
    const [foreign, small] = [Buffer.alloc(READ_BYTES), buffers.take(10)]
    for (const each of [foreign, small]) buffers.give(each)
    expect([foreign.buffer, small.buffer]).not.toContain(buffers.take(READ_BYTES).buffer)
  })
})

test('many clients that fetch from files at once should each get what they asked for', () => withDirectory(async (dir) => {
  await using broker = await Broker.start({ dir })
  const client = await RawClient.connect(broker.address)
  const { name } = await createTopic(client, 4)
  const valueOf = (partition: number, offset: number): string => `${partition}:${offset}:`.repeat(4000)
  for (let partition = 0; partition < 4; partition++) {
    for (let offset = 0; offset < 100; offset++) await produceTo(client, name, batchOf([{ value: valueOf(partition, offset) }]), { partition })
  }
  client.close()
  const readAll = async (partition: number): Promise<void> => {
    const reader = await RawClient.connect(broker.address)
    for (let offset = 0; offset < 100;) {
      const { records } = await fetchFrom(reader, name, offset, { partition, partitionMaxBytes: 300_000 * (1 + (offset % 7)) })
      const found = await recordsIn(records!, offset)
      for (const record of found) expect(record.value).toBe(valueOf(partition, record.offset))
      offset = found.at(-1)!.offset + 1
    }
    reader.close()
  }
  await Promise.all(Array.from({ length: 12 }, (_, i) => readAll(i % 4)))
}))
