import { Topology } from '../../topology/topology.ts'
import { Calling, forwarding, TaskHarness, TEXT } from './task-harness.ts'

/** A service that answers when the test says so. */
class Service {
  readonly #waiting: (() => void)[] = []

  call(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  answer(): void {
    this.#waiting.shift()?.()
  }
}

const asking = (service: Service) => () =>
  new Calling(async (record, context) => {
    await service.call()
    context.forward(record.withValue(`${record.value}!`))
  })

test('task should take no further record when a processor returned a promise, and go on when it is kept', async () => {
  const service = new Service()
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', asking(service), 's').addSink('o', 'out', TEXT, 'p')
  const harness = new TaskHarness(topology).start().add('in', ['a', '1', 1], ['b', '2', 2])
  const { task } = harness
  expect(task.process(10)).toBe(1)
  expect(task.process(10)).toBe(0)
  expect(task.committableOffsets()).toEqual([])
  service.answer()
  await task.waiting
  expect(harness.output()).toEqual(['a=1!@1'])
  expect(task.process(10)).toBe(1)
  expect(task.committableOffsets()).toMatchObject([{ offset: 1 }])
  service.answer()
  await task.waiting
  expect(task.waiting).toBeUndefined()
  expect(task.process(10)).toBe(0)
  expect(task.committableOffsets()).toMatchObject([{ offset: 2 }])
})

test('task should keep records in order when one record reaches an asynchronous node several times', async () => {
  const service = new Service()
  const twice = () =>
    new Calling((record, context) => {
      context.forward(record)
      context.forward(record.withValue(`${record.value}b`))
    })
  const topology = new Topology()
    .addSource('s', 'in', TEXT)
    .addProcessor('twice', twice, 's')
    .addProcessor('p', asking(service), 'twice')
    .addSink('o', 'out', TEXT, 'p')
  const harness = new TaskHarness(topology).start().add('in', ['a', '1', 1])
  harness.task.process(1)
  service.answer()
  // the second call starts only when the first is over
  await new Promise(setImmediate)
  expect(harness.output()).toEqual(['a=1!@1'])
  service.answer()
  await harness.task.waiting
  expect(harness.output()).toEqual(['a=1b!@1'])
})

test('task should commit only what is finished when a commit comes while a promise is open', async () => {
  const service = new Service()
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', asking(service), 's').addSink('o', 'out', TEXT, 'p')
  const { task } = new TaskHarness(topology).start().add('in', ['a', '1', 1])
  task.process(1)
  const preparing = task.prepareCommit()
  service.answer()
  await preparing
  expect(task.committableOffsets()).toMatchObject([{ offset: 1 }])
})

test('task should fail with the node and the record when a promise is broken and the handler says fail', async () => {
  const failing = () =>
    new Calling(async () => {
      await Promise.resolve()
      throw new Error('service is down')
    })
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', failing, 's')
  const { task } = new TaskHarness(topology).start().add('in', ['a', '1', 1])
  task.process(1)
  await task.waiting
  expect(() => task.process(1)).toThrow(/taskId=0_0, processor=p, topic=in, partition=0, offset=0: service is down/)
})

test('task should drop the record and go on when a promise is broken and the handler says continue', async () => {
  const failing = () =>
    new Calling(async (record, context) => {
      await Promise.resolve()
      if (record.value === 'bad') throw new Error('no')
      context.forward(record)
    })
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', failing, 's').addSink('o', 'out', TEXT, 'p')
  const harness = new TaskHarness(topology, { processingExceptionHandler: 'continue' }).start().add('in', ['a', 'bad', 1], ['b', 'ok', 2])
  for (let i = 0; i < 2; i++) {
    harness.task.process(1)
    await harness.task.waiting
  }
  expect(harness.dropped).toBe(1)
  expect(harness.output()).toEqual(['b=ok@2'])
})

test('task should wait for a punctuator when it returned a promise', async () => {
  const service = new Service()
  const ticking = () =>
    new Calling((record, context) => context.forward(record), (context) => {
      context.schedule(10, 'wall-clock-time', () => service.call())
    })
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', ticking, 's').addProcessor('q', forwarding, 'p')
  const harness = new TaskHarness(topology).start().add('in', ['a', '1', 1])
  harness.time.advance(10)
  expect(harness.task.punctuateWallClock()).toBe(1)
  expect(harness.task.process(1)).toBe(0)
  service.answer()
  await harness.task.waiting
  expect(harness.task.process(1)).toBe(1)
})

test('task should send nothing more when a promise is kept after the task was closed', async () => {
  const service = new Service()
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', asking(service), 's').addSink('o', 'out', TEXT, 'p')
  const harness = new TaskHarness(topology).start().add('in', ['a', '1', 1])
  harness.task.process(1)
  void harness.task.close()
  service.answer()
  await harness.task.waiting
  expect(harness.output()).toEqual([])
})
