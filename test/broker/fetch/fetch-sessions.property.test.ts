import fc from 'fast-check'
import { deleteRecords, fetch } from '../../../lib/protocol/index.ts'
import type { RequestInput, ResponseOf } from '../../../lib/protocol/index.ts'
import { Broker } from '../../../lib/broker/index.ts'
import { batchOf, numbered } from '../helpers/batches.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { createTopic, produceTo } from '../helpers/topics.ts'

const PARTITIONS = 4

/** What a client may do next; partitions and offsets are taken modulo what there is. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('produce' as const), partition: fc.nat(), records: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), partition: fc.nat(), offset: fc.nat() }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('fetch' as const), wish: fc.array(fc.record({ partition: fc.nat(), offset: fc.nat() }), { maxLength: 2 }), forget: fc.array(fc.nat(), { maxLength: 1 }), maxBytes: fc.constantFrom(1, 1_000_000) }) },
)

interface Told {
  readonly errorCode: number
  readonly highWatermark: number
  readonly logStartOffset: number
}

const told = (answer: ResponseOf<typeof fetch>): Map<number, Told & { readonly bytes: number }> =>
  new Map(answer.responses.flatMap(({ partitions }) => partitions.map(({ partitionIndex, errorCode, highWatermark, logStartOffset, records }) =>
    [partitionIndex, { errorCode, highWatermark, logStartOffset, bytes: records?.length ?? 0 }] as const)))

test('a fetch session should tell, over time, all that full fetches would have told', async () => {
  await using broker = await Broker.start()
  const client = await RawClient.connect(broker.address)
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
    const { name, id } = await createTopic(client, PARTITIONS)
    const request = (body: Partial<RequestInput<typeof fetch>>) => client.request(fetch, 17, { maxWaitMs: 0, minBytes: 1, topics: [], ...body })
    const wishOf = (offsets: ReadonlyMap<number, number>): RequestInput<typeof fetch>['topics'] =>
      [{ topicId: id, partitions: [...offsets].map(([partition, fetchOffset]) => ({ partition, fetchOffset, partitionMaxBytes: 1_000_000 })) }]
    const wanted = new Map<number, number>([[0, 0], [1, 0]])
    const known = new Map<number, Told>()
    const ends = new Array<number>(PARTITIONS).fill(0)
    const opened = await request({ sessionEpoch: 0, topics: wishOf(wanted) })
    for (const [partition, { bytes: _bytes, ...rest }] of told(opened)) known.set(partition, rest)
    let epoch = 1
    for (const one of steps) {
      if (one.kind === 'fetch') {
        const changed = new Map(one.wish.map(({ partition, offset }) => [partition % PARTITIONS, offset % (ends[partition % PARTITIONS]! + 2)]))
        const gone = one.forget.map((partition) => partition % PARTITIONS).filter((partition) => !changed.has(partition))
        for (const [partition, offset] of changed) wanted.set(partition, offset)
        for (const partition of gone) {
          wanted.delete(partition)
          known.delete(partition)
        }
        if (wanted.size === 0) return
        const answer = await request({
          sessionId: opened.sessionId, sessionEpoch: epoch++, maxBytes: one.maxBytes, topics: changed.size === 0 ? [] : wishOf(changed), forgottenTopicsData: [{ topicId: id, partitions: gone }],
        })
        expect([answer.errorCode, answer.sessionId]).toEqual([0, opened.sessionId])
        const news = told(answer)
        for (const partition of news.keys()) expect(wanted.has(partition)).toBe(true)
        for (const [partition, { bytes: _bytes, ...rest }] of news) known.set(partition, rest)
        // What the session has told so far is what a client without one hears now.
        const whole = told(await request({ sessionEpoch: -1, topics: wishOf(wanted) }))
        for (const [partition, { bytes, ...rest }] of whole) {
          expect({ partition, ...known.get(partition) }).toEqual({ partition, ...rest })
          if (one.maxBytes > 1) expect({ partition, bytes: news.get(partition)?.bytes ?? 0 }).toEqual({ partition, bytes })
        }
        continue
      }
      const partition = one.partition % PARTITIONS
      if (one.kind === 'produce') {
        await produceTo(client, name, batchOf(numbered(one.records)), { partition })
        ends[partition]! += one.records
      } else {
        await client.request(deleteRecords, 2, { timeoutMs: 1000, topics: [{ name, partitions: [{ partitionIndex: partition, offset: one.offset % (ends[partition]! + 1) }] }] })
      }
    }
  }), { numRuns: 40 })
  client.close()
})
