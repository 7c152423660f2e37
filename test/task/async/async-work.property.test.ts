import fc from 'fast-check'
import type { AsyncOrder } from '../../../topology/async.ts'
import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import { Topology } from '../../../topology/topology.ts'
import { TaskHarness, TEXT } from '../task-harness.ts'
import { Service, settle } from './service.ts'

/** Asks the service for each record, and forwards what it says. */
class Asking implements Processor<string, string> {
  readonly #service: Service
  readonly #options: { order: AsyncOrder; concurrency: number }

  constructor(service: Service, options: { order: AsyncOrder; concurrency: number }) {
    this.#service = service
    this.#options = options
  }

  process: (record: Record<string, string>) => void = () => {}

  init(context: ProcessorContext): void {
    const calls = context.asyncCalls(this.#options)
    this.process = (record) => calls.start(record, () => this.#service.call(record.value), (result) => context.forward(record.withValue(result)))
  }
}

interface Run {
  readonly keys: readonly string[]
  readonly concurrency: number
  /** What happens at each step: one of the open calls is answered, or a commit. */
  readonly steps: readonly { readonly pick: number; readonly commits: boolean }[]
  readonly isTwice: boolean
}

const runs = fc.record<Run>({
  keys: fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 }),
  concurrency: fc.integer({ min: 1, max: 5 }),
  steps: fc.array(fc.record({ pick: fc.nat(), commits: fc.boolean() }), { minLength: 60, maxLength: 60 }),
  isTwice: fc.boolean(),
})

/** Plays a run to its end; `look` is called after each step with what has left so far and the offset that was committed. */
const play = async (run: Run, order: AsyncOrder, look: (left: readonly string[], committed: number) => void): Promise<{ left: string[]; service: Service }> => {
  const service = new Service()
  const options = { order, concurrency: run.concurrency }
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', () => new Asking(service, options), 's')
  if (run.isTwice) topology.addProcessor('q', () => new Asking(service, options), 'p')
  topology.addSink('o', 'out', TEXT, run.isTwice ? 'q' : 'p')
  const harness = new TaskHarness(topology).start()
  const { task } = harness
  harness.add('in', ...run.keys.map((key, i) => [key, `${i}`, i] as const))
  const left: string[] = []
  let committed = 0
  const turn = async (): Promise<void> => {
    await settle()
    task.process(100)
    left.push(...harness.output())
  }
  await turn()
  for (let step = 0; service.open.length > 0; step++) {
    const { pick, commits } = run.steps[step % run.steps.length]!
    service.answer(pick % service.open.length)
    await turn()
    if (commits) {
      void task.prepareCommit()
      committed = task.committableOffsets()[0]?.offset ?? committed
      void task.postCommit()
    }
    look(left, committed)
  }
  expect(task.waiting).toBeUndefined()
  return { left, service }
}

const indexOf = (output: string): number => Number(/=(\d+)!/.exec(output)?.[1])

describe('calls of a task that are answered in any order', () => {
  test('results should leave in the order of their records, each once, when the order is that of the partition', () =>
    fc.assert(
      fc.asyncProperty(runs, async (run) => {
        const { left } = await play(run, 'partition', () => {})
        const marks = run.isTwice ? '!!' : '!'
        expect(left).toEqual(run.keys.map((key, i) => `${key}=${i}${marks}@${i}`))
      }),
      { numRuns: 60 },
    ))

  test('results of each key should leave in the order of their records, each once, and no two calls of a key run at a time, when the order is that of keys', () =>
    fc.assert(
      fc.asyncProperty(runs, async (run) => {
        const { left, service } = await play(run, 'key', () => {})
        expect(left).toHaveLength(run.keys.length)
        for (const key of ['a', 'b', 'c']) {
          const expected = run.keys.flatMap((each, i) => (each === key ? [i] : []))
          expect(left.filter((output) => output.startsWith(`${key}=`)).map(indexOf)).toEqual(expected)
        }
        expect(service.made).toHaveLength(run.keys.length * (run.isTwice ? 2 : 1))
      }),
      { numRuns: 60 },
    ))

  test.each(['partition', 'key'] as const)('a commit should never include a record whose result has not left, in the order of the %s', (order) =>
    fc.assert(
      fc.asyncProperty(runs, async (run) => {
        await play(run, order, (left, committed) => {
          const done = new Set(left.map(indexOf))
          for (let offset = 0; offset < committed; offset++) expect(done).toContain(offset)
        })
      }),
      { numRuns: 60 },
    ))

  test.each(['partition', 'key'] as const)('no more calls should be open than the concurrency allows, in the order of the %s', (order) =>
    fc.assert(
      fc.asyncProperty(runs, async (run) => {
        const { service } = await play(run, order, () => {})
        expect(service.most).toBeLessThanOrEqual(run.concurrency * (run.isTwice ? 2 : 1))
      }),
      { numRuns: 30 },
    ))
})
