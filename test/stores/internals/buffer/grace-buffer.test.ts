import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { Serdes } from '../../../../lib/serdes/serdes.ts'
import { GraceBuffer } from '../../../../stores/internals/buffer/grace-buffer.ts'
import { FakeStoreContext } from '../../fake-context.ts'

type Waiting = GraceBuffer<string, string>

const GRACE_MS = 10

const make = (): Waiting =>
  new GraceBuffer({
    supplier: { name: 'wait', engine: 'leveldb' },
    keySerde: Serdes.string,
    valueSerde: Serdes.string,
    loggingEnabled: true,
    gracePeriodMs: GRACE_MS,
  })

const open = async (context: FakeStoreContext): Promise<Waiting> => {
  const buffer = make()
  await buffer.init(context, buffer)
  context.restore(buffer)
  return buffer
}

const put = (context: FakeStoreContext, buffer: Waiting, key: string, value: string, timestamp: number): boolean => {
  context.at(timestamp)
  return buffer.put(key, value, timestamp)
}

const due = (buffer: Waiting): string[] => {
  const out: string[] = []
  buffer.emitDue((key, value, timestamp) => out.push(`${key}=${value}@${timestamp}`))
  return out
}

describe('a grace buffer', () => {
  test('should emit by time, then by key, then in the order of arrival, once stream time has passed by the grace', async () => {
    const context = new FakeStoreContext({ ephemeral: true })
    const buffer = await open(context)
    put(context, buffer, 'b', '1', 20)
    put(context, buffer, 'a', '2', 20)
    put(context, buffer, 'b', '3', 20)
    put(context, buffer, 'z', '4', 12)
    expect(due(buffer)).toEqual([])
    put(context, buffer, 'a', '5', 30)
    expect(due(buffer)).toEqual(['z=4@12', 'a=2@20', 'b=1@20', 'b=3@20'])
    expect(due(buffer)).toEqual([])
    expect(context.currentTimestamp).toBe(30)
  })

  test('should not take what is later than the grace', async () => {
    const context = new FakeStoreContext({ ephemeral: true })
    const buffer = await open(context)
    expect([put(context, buffer, 'a', '1', 30), put(context, buffer, 'a', '2', 20), put(context, buffer, 'a', '3', 19)]).toEqual([true, true, false])
    expect(due(buffer)).toEqual(['a=2@20'])
  })

  test('should refuse work when it is closed', async () => {
    const context = new FakeStoreContext({ ephemeral: true })
    const buffer = await open(context)
    await buffer.close()
    expect(() => put(context, buffer, 'a', '1', 1)).toThrow('Store wait is currently closed')
  })
})

const steps = fc.array(
  fc.oneof(
    { weight: 9, arbitrary: fc.record({ key: fc.constantFrom('a', 'b', 'ab', ''), value: fc.string({ maxLength: 3 }), timestamp: fc.nat(60) }) },
    { weight: 1, arbitrary: fc.constantFrom('commit and restart' as const, 'lose files' as const) },
  ),
  { maxLength: 40 },
)

test('a grace buffer should lose nothing and emit nothing twice over restarts, from its files or its changelog', async () => {
  const directories: string[] = []
  const directory = (): string => {
    directories.push(mkdtempSync(path.join(tmpdir(), 'millrace-grace-')))
    return directories.at(-1)!
  }
  try {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        let context = new FakeStoreContext({ stateDir: directory() })
        let buffer = await open(context)
        let waiting: { key: string; value: string; timestamp: number; n: number }[] = []
        let streamTime = -1
        let n = 0
        for (const step of list) {
          if (typeof step === 'string') {
            await buffer.commit(context.offsets(buffer))
            await buffer.close()
            context = new FakeStoreContext({ stateDir: step === 'lose files' ? directory() : context.stateDir, changelogs: context.changelogs })
            buffer = await open(context)
            // Of an earlier run only what waits is known.
            streamTime = Math.max(-1, ...waiting.map(({ timestamp }) => timestamp))
            continue
          }
          const isLate = streamTime - GRACE_MS > step.timestamp
          expect(put(context, buffer, step.key, step.value, step.timestamp)).toBe(!isLate)
          if (isLate) continue
          streamTime = Math.max(streamTime, step.timestamp)
          waiting.push({ ...step, n: n++ })
          const order = [...waiting].sort((a, b) => a.timestamp - b.timestamp || (a.key < b.key ? -1 : a.key > b.key ? 1 : a.n - b.n))
          const isDue = (record: { timestamp: number }): boolean => record.timestamp <= streamTime - GRACE_MS
          expect(due(buffer).sort()).toEqual(order.filter(isDue).map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`).sort())
          waiting = order.filter((record) => !isDue(record))
        }
        await buffer.close()
      }),
      { numRuns: 60 },
    )
  } finally {
    for (const each of directories) rmSync(each, { recursive: true, force: true })
  }
})
