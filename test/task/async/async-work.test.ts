import type { AsyncCall, AsyncOptions } from '../../../topology/async.ts'
import { Record } from '../../../topology/api.ts'
import type { ProcessorContext } from '../../../topology/api.ts'
import type { ErrorHandlerContext } from '../../../topology/exception-handlers.ts'
import { Topology } from '../../../topology/topology.ts'
import type { TextRecord } from '../task-harness.ts'
import { Calling, forwarding, TaskHarness, TEXT } from '../task-harness.ts'
import { Service, settle } from './service.ts'

type Ask = (record: TextRecord, call: AsyncCall) => Promise<string>

/** A processor that forwards what `ask` answers; `more` may do something else at its start. */
const asking = (ask: Ask, options?: AsyncOptions, more?: (context: ProcessorContext) => void) => () => {
  let start: (record: TextRecord) => void = () => {}
  return new Calling(
    (record) => start(record),
    (context) => {
      const calls = context.asyncCalls(options)
      start = (record) => calls.start(record, (call) => ask(record, call), (result) => context.forward(record.withValue(result)))
      more?.(context)
    },
  )
}

const topologyOf = (...processors: (() => Calling)[]): Topology => {
  const topology = new Topology().addSource('s', 'in', TEXT)
  processors.forEach((processor, i) => topology.addProcessor(`p${i}`, processor, i === 0 ? 's' : `p${i - 1}`))
  return topology.addSink('o', 'out', TEXT, `p${processors.length - 1}`)
}

const askingService = (service: Service): Ask => (record) => service.call(record.value ?? '')

const numbered = (count: number) => Array.from({ length: count }, (_, i) => [`k${i}`, `${i}`, i] as const)

describe('a task with calls under way', () => {
  const service = { current: new Service() }
  const ask: Ask = (record) => askingService(service.current)(record, undefined as never)
  beforeEach(() => {
    service.current = new Service()
  })
  const open = (): string[] => service.current.open.map(({ name }) => name)
  const answer = async (harness: TaskHarness, ...names: string[]): Promise<void> => {
    for (const name of names) service.current.answer(name)
    await settle()
    harness.task.process(100)
  }

  test('should take no further records when as many calls are under way as may be, and go on with the first result', async () => {
    const harness = new TaskHarness(topologyOf(asking(ask, { concurrency: 2 }))).start().add('in', ...numbered(5))
    const { task } = harness
    expect(task.process(10)).toBe(2)
    expect(open()).toEqual(['0', '1'])
    expect(task.isProcessable(0)).toBe(false)
    service.current.answer('0')
    await task.waiting
    expect(task.isProcessable(0)).toBe(true)
    task.process(10)
    expect(harness.output()).toEqual(['k0=0!@0'])
    expect(open()).toEqual(['1', '2'])
  })

  test('should count a result that waits for an earlier one against the limit when the order is that of the partition', async () => {
    const harness = new TaskHarness(topologyOf(asking(ask, { concurrency: 2 }))).start().add('in', ...numbered(5))
    harness.task.process(10)
    await answer(harness, '1')
    expect(open()).toEqual(['0'])
    await answer(harness, '0')
    expect(harness.output()).toEqual(['k0=0!@0', 'k1=1!@1'])
    expect(open()).toEqual(['2', '3'])
  })

  test('should let other keys go on when one has many records and the order is that of keys', async () => {
    const harness = new TaskHarness(topologyOf(asking(ask, { concurrency: 2, order: 'key' })))
      .start()
      .add('in', ['hot', '0', 0], ['hot', '1', 1], ['hot', '2', 2], ['other', '3', 3], ['third', '4', 4])
    harness.task.process(10)
    expect(open()).toEqual(['0', '3'])
    await answer(harness, '3')
    expect(harness.output()).toEqual(['other=3!@3'])
    expect(open()).toEqual(['0', '4'])
    await answer(harness, '0')
    expect(open()).toEqual(['4', '1'])
  })

  test('should keep no order among records without a key when the order is that of keys', async () => {
    const harness = new TaskHarness(topologyOf(asking(ask, { concurrency: 2, order: 'key' }))).start().add('in', [undefined, '0', 0], [undefined, '1', 1])
    harness.task.process(10)
    await answer(harness, '1')
    expect(harness.output()).toEqual(['null=1!@1'])
  })

  test('should have the offset after the last record before the first unfinished one to commit, and the last when all are finished', async () => {
    const harness = new TaskHarness(topologyOf(asking(ask, { order: 'key' }))).start().add('in', ...numbered(4))
    const { task } = harness
    task.process(10)
    expect(task.committableOffsets()).toMatchObject([{ offset: 0, partitionTime: -1 }])
    await answer(harness, '0', '2')
    expect(task.commitNeeded).toBe(true)
    expect(task.prepareCommit()).toBeUndefined()
    expect(task.committableOffsets()).toMatchObject([{ offset: 1, partitionTime: 0 }])
    void task.postCommit()
    expect(task.committableOffsets()).toEqual([])
    await answer(harness, '1', '3')
    expect(task.committableOffsets()).toMatchObject([{ offset: 4, partitionTime: 3 }])
  })

  test('should hold the offset until the last of two operators has answered', async () => {
    const harness = new TaskHarness(topologyOf(asking(ask), asking(ask))).start().add('in', ...numbered(1))
    const { task } = harness
    task.process(10)
    await answer(harness, '0')
    expect(task.committableOffsets()).toMatchObject([{ offset: 0 }])
    await answer(harness, '0!')
    expect(task.committableOffsets()).toMatchObject([{ offset: 1 }])
    expect(harness.output()).toEqual(['k0=0!!@0'])
  })

  test('should hold the offset until a processor below has kept its promise', async () => {
    const slow = new Service()
    const promising = () => new Calling(async (record, context) => context.forward(record.withValue(await slow.call(record.value ?? ''))))
    const harness = new TaskHarness(topologyOf(asking(ask), promising)).start().add('in', ...numbered(2))
    const { task } = harness
    task.process(10)
    await answer(harness, '0', '1')
    expect(slow.made).toEqual(['0!'])
    expect(task.committableOffsets()).toMatchObject([{ offset: 0 }])
    slow.answer('0!')
    await task.waiting
    task.process(10)
    expect(task.committableOffsets()).toMatchObject([{ offset: 1 }])
    slow.answer('1!')
    await task.waiting
    await task.prepareCommit()
    expect(task.committableOffsets()).toMatchObject([{ offset: 2 }])
    expect(harness.output()).toEqual(['k0=0!!@0', 'k1=1!!@1'])
  })

  test('should finish all calls before a commit when the guarantee is exactly once', async () => {
    const harness = new TaskHarness(topologyOf(asking(ask, { order: 'key' })), { processingGuarantee: 'exactly_once_v2' }).start().add('in', ...numbered(3))
    const { task } = harness
    task.process(2)
    const preparing = task.prepareCommit()
    service.current.answer('1')
    await settle()
    service.current.answer('0')
    await preparing
    expect(harness.output()).toEqual(['k1=1!@1', 'k0=0!@0'])
    expect(task.committableOffsets()).toMatchObject([{ offset: 2 }])
  })

  test('should finish calls of punctuators before a commit, since no offset would bring them back', async () => {
    const harness = new TaskHarness(
      topologyOf(
        () =>
          new Calling(() => {}, (context) => {
            context.schedule(10, 'wall-clock-time', (now) => context.forward(new Record('tick', String(now), now)))
          }),
        asking(ask),
      ),
    ).start()
    const { task, time } = harness
    time.advance(10)
    task.punctuateWallClock()
    const preparing = task.prepareCommit()
    expect(preparing).toBeDefined()
    const [name] = open()
    service.current.answer(0)
    await preparing
    expect(harness.output()).toEqual([`tick=${name}!@${name}`])
  })

  test('should run a stream-time punctuator only when all calls for earlier records are finished', async () => {
    const seen: string[] = []
    const collecting = () =>
      new Calling(
        (record) => void seen.push(record.value ?? ''),
        (context) => {
          context.schedule(10, 'stream-time', (now) => void seen.push(`tick ${now}`))
        },
      )
    const harness = new TaskHarness(topologyOf(asking(ask), collecting)).start().add('in', ['a', '0', 0], ['a', '1', 5], ['a', '2', 12], ['a', '3', 13])
    harness.task.process(10)
    await answer(harness, '0')
    // the first record moved stream time from nothing
    expect(seen).toEqual(['0!', 'tick 0'])
    expect(open()).toEqual(['1', '2'])
    await answer(harness, '2', '1')
    expect(seen).toEqual(['0!', 'tick 0', '1!', '2!', 'tick 12'])
    expect(open()).toEqual(['3'])
  })

  test('should show the record in the context when its result is handed over, and to the call', async () => {
    const told: unknown[] = []
    const looking = () => new Calling((_record, context) => void told.push(context.recordMetadata))
    const calls: AsyncCall[] = []
    const noting: Ask = (record, call) => {
      calls.push(call)
      return service.current.call(record.value ?? '')
    }
    const harness = new TaskHarness(topologyOf(asking(noting), looking)).start().add('in', ...numbered(2))
    harness.task.process(10)
    await answer(harness, '0')
    expect(told).toEqual([{ topic: 'in', partition: 0, offset: 0 }])
    expect(calls).toMatchObject([{ offset: 0, timestamp: 0 }, { topic: 'in', partition: 0, offset: 1, timestamp: 1 }])
  })

  test('should fail with the node and the record when a call fails and the handler says fail, and never commit that record', async () => {
    const harness = new TaskHarness(topologyOf(asking(ask))).start().add('in', ...numbered(3))
    const { task } = harness
    task.process(10)
    service.current.open[1]?.fail(new Error('service is down'))
    await answer(harness, '0')
      .then(() => task.process(10))
      .then(
        () => expect('it should fail').toBe(''),
        (error: Error) => expect(error.message).toMatch(/processor=p0, topic=in, partition=0, offset=1: service is down/),
      )
    expect(task.committableOffsets()).toMatchObject([{ offset: 1 }])
  })

  test('should ask the handler in the record\'s turn and with its source bytes when a call fails, and go on when it says continue', async () => {
    const asked: ErrorHandlerContext[] = []
    const harness = new TaskHarness(topologyOf(asking(ask)), {
      processingExceptionHandler: (context) => {
        asked.push(context)
        return 'continue'
      },
    })
      .start()
      .add('in', ...numbered(3))
    harness.task.process(10)
    service.current.open[1]?.fail(new Error('no'))
    await answer(harness, '2')
    expect(asked).toEqual([])
    await answer(harness, '0')
    expect(asked).toMatchObject([{ processorNodeId: 'p0', topic: 'in', offset: 1, timestamp: 1 }])
    expect(Buffer.from(asked[0]?.sourceRawValue ?? []).toString()).toBe('1')
    expect(harness.output()).toEqual(['k0=0!@0', 'k2=2!@2'])
    expect(harness.dropped).toBe(1)
    expect(harness.task.committableOffsets()).toMatchObject([{ offset: 3 }])
  })

  test('should treat what a call throws at once as a failure of the call', async () => {
    const throwing: Ask = () => {
      throw new Error('at once')
    }
    const harness = new TaskHarness(topologyOf(asking(throwing)), { processingExceptionHandler: 'continue' }).start().add('in', ...numbered(1))
    expect(harness.task.process(1)).toBe(1)
    await answer(harness)
    expect(harness.dropped).toBe(1)
  })

  test('should abort a call and ask the handler when it takes longer than its time-out', async () => {
    const signals: AbortSignal[] = []
    const hanging: Ask = (_record, call) => {
      signals.push(call.signal)
      return new Promise(() => {})
    }
    const errors: Error[] = []
    const harness = new TaskHarness(topologyOf(asking(hanging, { timeoutMs: 1 })), {
      processingExceptionHandler: (_context, _record, error) => {
        errors.push(error)
        return 'continue'
      },
    })
      .start()
      .add('in', ...numbered(1))
    harness.task.process(1)
    await harness.task.waiting
    harness.task.process(1)
    expect(errors).toMatchObject([{ code: 'MILLRACE_ASYNC_TIMEOUT' }])
    expect(signals[0]?.reason).toBe(errors[0])
  })

  test('should abort its calls and forward nothing more when it is closed', async () => {
    const signals: AbortSignal[] = []
    const noting: Ask = (record, call) => {
      signals.push(call.signal)
      return service.current.call(record.value ?? '')
    }
    const harness = new TaskHarness(topologyOf(asking(noting, { concurrency: 1 }))).start().add('in', ...numbered(2))
    const { task } = harness
    task.process(10)
    void task.close()
    expect(signals.map(({ reason }) => (reason as { code: string }).code)).toEqual(['MILLRACE_ASYNC_ABORTED'])
    service.current.open[0]?.fail(new Error('nobody hears this'))
    await settle()
    expect(task.waiting).toBeUndefined()
    expect(harness.output()).toEqual([])
  })

  test('should finish what is under way, and take no further records, when it is drained', async () => {
    const harness = new TaskHarness(topologyOf(asking(ask, { concurrency: 2 }))).start().add('in', ...numbered(3))
    const { task } = harness
    task.process(10)
    const draining = task.drain(60_000)
    service.current.answer('1')
    await settle()
    service.current.answer('0')
    await draining
    expect(open()).toEqual([])
    expect(harness.output()).toEqual(['k0=0!@0', 'k1=1!@1'])
    expect(task.commitNeeded).toBe(true)
    expect(task.committableOffsets()).toMatchObject([{ offset: 2 }])
  })

  test('should have nothing to commit when it could not be drained in time, and go on when it keeps its records', async () => {
    const harness = new TaskHarness(topologyOf(asking(ask))).start().add('in', ...numbered(2))
    const { task } = harness
    task.process(10)
    await answer(harness, '0')
    expect(task.commitNeeded).toBe(true)
    await task.drain(1)
    expect(task.commitNeeded).toBe(false)
    await answer(harness, '1')
    expect(harness.output()).toEqual(['k0=0!@0', 'k1=1!@1'])
    expect(task.commitNeeded).toBe(true)
  })

  test('should start calls for all that one record becomes, as many at a time as may be', async () => {
    const threefold = () =>
      new Calling((record, context) => {
        for (const part of ['a', 'b', 'c']) context.forward(record.withValue(part))
      })
    const harness = new TaskHarness(topologyOf(threefold, asking(ask, { concurrency: 2 }))).start().add('in', ...numbered(2))
    harness.task.process(10)
    expect(open()).toEqual(['a', 'b'])
    await answer(harness, 'a')
    expect(open()).toEqual(['b', 'c'])
    await answer(harness, 'b', 'c')
    expect(harness.output()).toEqual(['k0=a!@0', 'k0=b!@0', 'k0=c!@0'])
    expect(harness.task.committableOffsets()).toMatchObject([{ offset: 1 }])
  })

  test.each([{ concurrency: 0 }, { concurrency: 1.5 }, { order: 'none' as never }, { timeoutMs: 0 }])('should refuse to start when options are %j', (options) => {
    expect(() => new TaskHarness(topologyOf(asking(ask, options), forwarding)).start()).toThrow(/has to be/)
  })
})

