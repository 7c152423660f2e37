import fc from 'fast-check'
import { MockTime } from '../../../lib/core/time.ts'
import { AbortedTransactionFilter, RecordBatch, readBatchHeaders, transactionMarker } from '../../../lib/protocol/index.ts'
import { NEVER_COMPACTED, compactLog } from '../../../lib/broker/log/compaction.ts'
import type { PartitionLog } from '../../../lib/broker/log/partition-log.ts'
import { transactionEndOf } from '../../../lib/broker/log/transaction-marker.ts'
import { markerBatch } from '../../../lib/broker/log/transaction-marker.ts'
import { batchOf, recordsIn } from '../helpers/batches.ts'
import type { ReadRecord } from '../helpers/batches.ts'
import { fileLog, logConfig, memoryLog, withDirectory } from '../helpers/test-log.ts'

interface Step {
  readonly producer: number
  readonly kind: 'write' | 'plain' | 'commit' | 'abort'
  readonly key: number
}

const steps = fc.array(fc.record({ producer: fc.nat({ max: 3 }), kind: fc.constantFrom('write', 'write', 'write', 'plain', 'commit', 'abort'), key: fc.nat({ max: 5 }) }) as fc.Arbitrary<Step>, { maxLength: 60 })

/** What a consumer of isolation level read_committed gets, a fetch of at most `maxBytes` at a time. */
const readCommitted = async (log: PartitionLog, maxBytes: number, from = log.logStartOffset): Promise<ReadRecord[]> => {
  const found: ReadRecord[] = []
  const limit = log.lastStableOffset
  for (let offset = from; ;) {
    const slice = log.slice(offset, maxBytes, limit, true)
    if (slice === undefined) return found
    const filter = new AbortedTransactionFilter(log.abortedIn(slice, offset, limit))
    const start = offset
    for (const batch of readBatchHeaders(Buffer.concat(await slice.segment.bytes.read(slice.start, slice.end)))) {
      if (!filter.drops(batch)) found.push(...(await recordsIn(Buffer.from(batch.bytes), start)))
      offset = batch.lastOffset + 1
    }
  }
}

/** Records by offset, as a model keeps them: of which transaction, and what became of that. */
class Model {
  readonly records: { readonly offset: number; readonly key: string; readonly value: string; readonly transaction: number | undefined }[] = []
  readonly ended = new Map<number, boolean>()
  readonly open = new Map<number, number>()
  #transactions = 0

  begin(producer: number): number {
    const transaction = this.open.get(producer) ?? this.#transactions++
    this.open.set(producer, transaction)
    return transaction
  }

  end(producer: number, committed: boolean): void {
    const transaction = this.open.get(producer)
    if (transaction !== undefined) this.ended.set(transaction, committed)
    this.open.delete(producer)
  }

  committed(limit: number): { offset: number; key: string; value: string }[] {
    return this.records
      .filter(({ offset, transaction }) => offset < limit && (transaction === undefined || this.ended.get(transaction) === true))
      .map(({ offset, key, value }) => ({ offset, key, value }))
  }

  /** The first offset of the oldest transaction that is open, else the end. */
  lastStable(end: number): number {
    const open = new Set(this.open.values())
    return this.records.find(({ transaction }) => transaction !== undefined && open.has(transaction))?.offset ?? end
  }
}

/** Does the steps with a log: producers 0 to 2 in transactions, 3 without. */
const play = async (log: PartitionLog, all: readonly Step[], time: MockTime): Promise<Model> => {
  const model = new Model()
  const sequences = new Map<number, number>()
  for (const [i, { producer, kind, key }] of all.entries()) {
    if (kind === 'write' || kind === 'plain') {
      const inTransaction = kind === 'write'
      const sequence = sequences.get(producer) ?? 0
      if (inTransaction) sequences.set(producer, sequence + 1)
      const identity = inTransaction ? { producerId: producer, producerEpoch: 0, baseSequence: sequence, transactional: true } : {}
      const { baseOffset } = log.append(batchOf([{ key: `k${key}`, value: `v${i}`, timestamp: time.now() }], identity))
      model.records.push({ offset: baseOffset, key: `k${key}`, value: `v${i}`, transaction: inTransaction ? model.begin(producer) : undefined })
    } else {
      log.endTransaction({ producerId: producer, producerEpoch: 0, committed: kind === 'commit', coordinatorEpoch: 0 })
      model.end(producer, kind === 'commit')
    }
    time.advance(1)
  }
  await (log.nextOffset === 0 ? undefined : log.whenWritten(log.nextOffset - 1))
  return model
}

const withoutTimes = (records: readonly ReadRecord[]): { offset: number; key: string | null; value: string | null }[] => records.map(({ offset, key, value }) => ({ offset, key, value }))

describe('a marker', () => {
  test('should be the control batch that clients and recovery know', () => {
    const end = { producerId: 2 ** 40, producerEpoch: 7, committed: true, coordinatorEpoch: 3 }
    const batch = new RecordBatch(markerBatch(end, 1234), 0)
    expect(batch.hasValidCrc()).toBe(true)
    expect(transactionMarker(batch)).toBe('commit')
    expect(transactionEndOf(batch)).toEqual(end)
    expect([batch.isControl, batch.isTransactional, batch.maxTimestamp, batch.baseSequence]).toEqual([true, true, 1234, -1])
  })
})

describe('a log with transactions', () => {
  const config = logConfig({ 'segment.bytes': 400, 'index.interval.bytes': 100 })

  test('should show committed records and no others, below the last stable offset, in fetches of any size', async () => {
    await fc.assert(fc.asyncProperty(steps, fc.integer({ min: 1, max: 1000 }), async (all, maxBytes) => {
      const time = new MockTime()
      const log = memoryLog(config, time)
      const model = await play(log, all, time)
      expect(log.lastStableOffset).toBe(model.lastStable(log.nextOffset))
      expect(withoutTimes(await readCommitted(log, maxBytes))).toEqual(model.committed(log.lastStableOffset))
    }), { numRuns: 150 })
  })

  test('should be the same when it is opened again', async () => {
    await fc.assert(fc.asyncProperty(steps, async (before) => withDirectory(async (directory) => {
      const time = new MockTime()
      const log = fileLog(directory, config, time)
      const model = await play(log, before, time)
      await log.close()
      const again = fileLog(directory, config, time)
      expect(again.lastStableOffset).toBe(log.lastStableOffset)
      expect([...again.producers.transactions.entries()]).toEqual([...log.producers.transactions.entries()])
      expect(again.segments.flatMap(({ aborted }) => aborted)).toEqual(log.segments.flatMap(({ aborted }) => aborted))
      expect(withoutTimes(await readCommitted(again, 300))).toEqual(model.committed(log.lastStableOffset))
      await again.close()
    })), { numRuns: 25 })
  })

  test('should have the last committed value of every key after compaction, and nothing that was aborted', async () => {
    const compacted = logConfig({ 'segment.bytes': 400, 'cleanup.policy': 'compact', 'delete.retention.ms': 10 })
    await fc.assert(fc.asyncProperty(steps, fc.boolean(), async (all, twice) => {
      const time = new MockTime()
      const log = memoryLog(compacted, time)
      const model = await play(log, all, time)
      const before = log.lastStableOffset
      log.roll()
      const state = await compactLog(log, NEVER_COMPACTED, time.now())
      time.advance(100)
      if (twice) await compactLog(log, state, time.now())
      const limit = log.lastStableOffset
      expect(limit).toBe(before)
      const last = (records: readonly { key: string | null; value: string | null }[]): Map<string | null, string | null> => new Map(records.map(({ key, value }) => [key, value]))
      const found = await readCommitted(log, 300)
      expect(last(found)).toEqual(last(model.committed(limit)))
      if (model.open.size === 0) expect(found.length).toBe(last(found).size)
    }), { numRuns: 150 })
  })
})
