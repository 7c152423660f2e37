import { Headers } from '../../lib/core/headers.ts'
import { MemoryChunk } from '../../lib/testing/memory-chunk.ts'
import type { KeyValueStore } from '../../topology/api.ts'
import { Record } from '../../topology/api.ts'
import { Stores } from '../../stores/stores.ts'
import { Topology } from '../../topology/topology.ts'
import { Calling, forwarding, TaskHarness, TEXT } from './task-harness.ts'

const passing = (): Topology => new Topology().addSource('s', 'in', TEXT).addProcessor('p', forwarding, 's').addSink('o', 'out', TEXT, 'p')

test('StreamTask should process no more than it is told when more records wait', () => {
  const harness = new TaskHarness(passing()).start()
  harness.add('in', ['a', '1', 1], ['b', '2', 2], ['c', '3', 3])
  expect(harness.task.process(2)).toBe(2)
  expect(harness.output()).toEqual(['a=1@1', 'b=2@2'])
  expect(harness.task.process(2)).toBe(1)
  expect(harness.task.process(2)).toBe(0)
})

test('StreamTask should take records by timestamp when it reads several partitions', () => {
  const topology = new Topology().addSource('l', 'left', TEXT).addSource('r', 'right', TEXT).addProcessor('p', forwarding, 'l', 'r').addSink('o', 'out', TEXT, 'p')
  const harness = new TaskHarness(topology).start()
  harness.add('left', ['l', '1', 10], ['l', '2', 30]).add('right', ['r', '1', 20], ['r', '2', 25], ['r', '3', 40])
  while (harness.task.process(10) > 0);
  expect(harness.output()).toEqual(['l=1@10', 'r=1@20', 'r=2@25', 'l=2@30', 'r=3@40'])
  expect(harness.task.streamTime).toBe(40)
})

test('StreamTask should offer only offsets of processed records when it commits', () => {
  const { task, ...harness } = new TaskHarness(passing()).start().add('in', ['a', '1', 1], ['b', '2', 7])
  expect(task.committableOffsets()).toEqual([])
  task.process(1)
  expect(task.commitNeeded).toBe(true)
  expect(task.committableOffsets()).toEqual([{ topic: 'in', partition: 0, offset: 1, partitionTime: 1 }])
  void task.prepareCommit()
  void task.postCommit()
  expect(task.commitNeeded).toBe(false)
  expect(task.committableOffsets()).toEqual([])
  task.process(1)
  expect(task.committableOffsets()).toEqual([{ topic: 'in', partition: 0, offset: 2, partitionTime: 7 }])
  expect(harness.collector.take()).toHaveLength(2)
})

test('StreamTask should commit past the end of a chunk when control records follow its last record', () => {
  const harness = new TaskHarness(passing()).start()
  const record = { offset: 4, timestamp: 1, key: undefined, value: undefined, headers: Headers.empty }
  harness.task.addChunk('in', 0, new MemoryChunk([record], 9))
  harness.task.process(10)
  expect(harness.task.committableOffsets()).toEqual([{ topic: 'in', partition: 0, offset: 9, partitionTime: 1 }])
})

test('StreamTask should hand each child the same record when one node has several', () => {
  const seen: unknown[] = []
  const remember = () => new Calling((record) => void seen.push(record))
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('a', remember, 's').addProcessor('b', remember, 's')
  new TaskHarness(topology).start().add('in', ['k', 'v', 1]).task.process(1)
  expect(seen).toHaveLength(2)
  expect(seen[0]).toBe(seen[1])
})

test('StreamTask should show children the time and headers of what they get when a processor changes them', () => {
  const seen: string[] = []
  const store = Stores.keyValueStore('kv', { ...TEXT, engine: 'memory' })
  const shift = () =>
    new Calling((record, context) => {
      const kv = context.getStateStore(store)
      context.forward(record.withTimestamp(record.timestamp + 100).withHeaders(Headers.empty.add('h', 'x')))
      kv.put('after', 'forward')
    })
  const look = () => new Calling((record, context) => {
    context.getStateStore(store).put('in', 'child')
    seen.push(`${record.timestamp} ${record.headers.size} ${context.recordMetadata?.offset}`)
  })
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', shift, 's').addProcessor('q', look, 'p').addStateStore(store, 'p', 'q')
  const harness = new TaskHarness(topology).start().add('in', ['k', 'v', 5])
  harness.task.process(1)
  expect(seen).toEqual(['105 1 0'])
  expect(harness.output('app-kv-changelog')).toEqual(['in=child@105', 'after=forward@5'])
})

test('StreamTask should run stream-time punctuators between records when time has moved on', () => {
  const topology = new Topology()
    .addSource('s', 'in', TEXT)
    .addProcessor('p', () => new Calling((record, context) => context.forward(record), (context) => {
      context.schedule(10, 'stream-time', (now) => context.forward(new Record('tick', String(now), now)))
    }), 's')
    .addSink('o', 'out', TEXT, 'p')
  const harness = new TaskHarness(topology).start().add('in', ['a', '1', 3], ['b', '2', 9], ['c', '3', 35], ['d', '4', 39], ['e', '5', 40])
  harness.task.process(10)
  expect(harness.output()).toEqual(['a=1@3', 'tick=3@3', 'b=2@9', 'c=3@35', 'tick=35@35', 'd=4@39', 'e=5@40', 'tick=40@40'])
})

test('StreamTask should run wall-clock punctuators once when several intervals have passed', () => {
  const topology = new Topology()
    .addSource('s', 'in', TEXT)
    .addProcessor('p', () => new Calling(() => {}, (context) => {
      context.schedule(10, 'wall-clock-time', (now) => context.forward(new Record('tick', String(now), now)))
    }), 's')
    .addSink('o', 'out', TEXT, 'p')
  const harness = new TaskHarness(topology).start()
  expect(harness.task.nextWallClockPunctuationMs).toBe(10)
  harness.time.advance(35)
  expect(harness.task.punctuateWallClock()).toBe(1)
  expect(harness.task.punctuateWallClock()).toBe(0)
  expect(harness.task.nextWallClockPunctuationMs).toBe(40)
  expect(harness.output()).toEqual(['tick=35@35'])
})

test('StreamTask should ask for a commit when a processor does', () => {
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', () => new Calling((_record, context) => context.commit()), 's')
  const { task } = new TaskHarness(topology).start().add('in', ['a', '1', 1])
  expect(task.commitRequested).toBe(false)
  task.process(1)
  expect(task.commitRequested).toBe(true)
  void task.prepareCommit()
  void task.postCommit()
  expect(task.commitRequested).toBe(false)
})

test('StreamTask should send dynamic sinks to the topic of each record when a function names it', () => {
  const topology = new Topology().addSource('s', 'in', TEXT).addSink('o', (key, _value, { topic, offset }) => `${key}-${topic}-${offset}`, TEXT, 's')
  const harness = new TaskHarness(topology).start().add('in', ['a', '1', 1], ['b', '2', 2])
  harness.task.process(2)
  expect(harness.collector.take().map(({ topic }) => topic)).toEqual(['a-in-0', 'b-in-1'])
})

test('StreamTask should refuse records when it is not running', () => {
  const harness = new TaskHarness(passing())
  expect(() => harness.task.process(1)).toThrow('Task 0_0 is created, but has to be running')
  harness.start()
  harness.task.suspend()
  expect(() => harness.task.process(1)).toThrow('suspended')
  harness.task.resume()
  expect(harness.task.process(1)).toBe(0)
  void harness.task.close()
  expect(() => harness.task.process(1)).toThrow('closed')
})

test('StreamTask should close its processors and leave no metrics when it is closed', () => {
  const closed: string[] = []
  class Closing extends Calling {
    close(): void {
      closed.push('p')
    }
  }
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', () => new Closing(() => {}), 's')
  const harness = new TaskHarness(topology).start()
  expect(harness.metrics.read()).not.toEqual([])
  void harness.task.close()
  void harness.task.close()
  expect(closed).toEqual(['p'])
  expect(harness.metrics.read()).toEqual([])
})

test('StreamTask should name what is missing when a source or sink has no serde', () => {
  const noSource = new Topology().addSource('s', 'in').addSink('o', 'out', TEXT, 's')
  expect(() => new TaskHarness(noSource)).toThrow('Failed to initialize key serdes for source node s: Please specify a key serde')
  const noSink = new Topology().addSource('s', 'in', TEXT).addSink('o', 'out', { key: TEXT.key }, 's')
  expect(() => new TaskHarness(noSink)).toThrow('Failed to initialize value serdes for sink node o')
})

test('StreamTask should use the configured serdes when nodes have none', () => {
  const topology = new Topology().addSource('s', 'in').addSink('o', 'out', 's')
  const harness = new TaskHarness(topology, { defaultKeySerde: TEXT.key, defaultValueSerde: TEXT.value }).start().add('in', ['a', '1', 1])
  harness.task.process(1)
  expect(harness.output()).toEqual(['a=1@1'])
})

test('StreamTask should refuse a store when it is not connected to the processor that asks', () => {
  const store = Stores.keyValueStore('kv', { ...TEXT, engine: 'memory' })
  const asking = () => new Calling(() => {}, (context) => void context.getStateStore(store))
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', asking, 's').addProcessor('q', forwarding, 's').addStateStore(store, 'q')
  expect(() => new TaskHarness(topology).start()).toThrow('failed to initialize processor p: Processor p has no access to StateStore kv')
})

test('StreamTask should wait for partitions without records when max.task.idle.ms says so', () => {
  const topology = new Topology().addSource('l', 'left', TEXT).addSource('r', 'right', TEXT).addProcessor('p', forwarding, 'l', 'r')
  const { task } = new TaskHarness(topology, { maxTaskIdleMs: 100 }).start().add('left', ['a', '1', 1])
  expect(task.isProcessable(0)).toBe(false)
  task.setLag('right', 0, 5, 0)
  expect(task.isProcessable(0)).toBe(false)
  task.setLag('right', 0, 0, 1000)
  expect(task.isProcessable(1000)).toBe(false)
  expect(task.isProcessable(1099)).toBe(false)
  expect(task.isProcessable(1100)).toBe(true)
})

test('StreamTask should process what comes at once when its other partitions have had nothing for max.task.idle.ms, as Java does', () => {
  const topology = new Topology().addSource('l', 'left', TEXT).addSource('r', 'right', TEXT).addProcessor('p', forwarding, 'l', 'r')
  const harness = new TaskHarness(topology, { maxTaskIdleMs: 100 }).start()
  const { task } = harness
  task.setLag('left', 0, 0, 0)
  task.setLag('right', 0, 0, 0)
  // later answers of the broker do not begin the wait anew
  task.setLag('right', 0, 0, 500)
  expect(task.isProcessable(500)).toBe(false)
  harness.add('left', ['a', '1', 1])
  expect(task.isProcessable(501)).toBe(true)
  expect(task.process(1)).toBe(1)
  harness.add('left', ['a', '2', 2]).add('right', ['a', '2', 2])
  expect(task.process(2) + task.process(2)).toBe(2)
  // what has come and gone meanwhile does
  task.setLag('right', 0, 0, 1000)
  harness.add('left', ['a', '3', 3])
  expect(task.isProcessable(1099)).toBe(false)
  expect(task.isProcessable(1100)).toBe(true)
})

test('StreamTask should wait again when one of its partitions runs out of records amid others', () => {
  const topology = new Topology().addSource('l', 'left', TEXT).addSource('r', 'right', TEXT).addProcessor('p', forwarding, 'l', 'r')
  const { task } = new TaskHarness(topology, { maxTaskIdleMs: 0 }).start().add('left', ['a', '1', 1], ['a', '3', 3], ['a', '4', 4]).add('right', ['a', '2', 2])
  task.setLag('left', 0, 0)
  task.setLag('right', 0, 5)
  expect(task.process(100)).toBe(2)
  expect(task.isProcessable(0)).toBe(false)
  task.setLag('right', 0, 0)
  expect(task.isProcessable(0)).toBe(true)
  expect(task.process(100)).toBe(2)
})

test('StreamTask should go on from the committed partition time when it is told one', () => {
  const harness = new TaskHarness(passing()).start()
  harness.task.setPartitionTime('in', 0, 50)
  expect(harness.task.streamTime).toBe(50)
  harness.add('in', ['a', '1', 10]).task.process(1)
  expect(harness.task.streamTime).toBe(50)
  expect(harness.task.committableOffsets()[0]?.partitionTime).toBe(50)
})

test('StreamTask should restore a store from its changelog when records come in slices', () => {
  const store = Stores.keyValueStore('kv', { ...TEXT, engine: 'memory' })
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', forwarding, 's').addStateStore(store, 'p')
  const { task } = new TaskHarness(topology)
  void task.open()
  expect(task.changelogPartitions()).toEqual([{ topic: 'app-kv-changelog', partition: 0, storeName: 'kv', offset: undefined, isSourceCopy: false }])
  const bytes = (text: string) => Buffer.from(text)
  const rows = ['a', 'b', 'c'].map((key, offset) => ({ offset, timestamp: 1, key: bytes(key), value: bytes(`v${key}`), headers: Headers.empty }))
  const cursor = new MemoryChunk([...rows, { ...rows[0]!, offset: 3, value: undefined }] as typeof rows).cursor()
  expect(task.restore('app-kv-changelog', 0, cursor, 2)).toBe(2)
  expect(task.restore('app-kv-changelog', 0, cursor, 10)).toBe(2)
  task.restoredTo('app-kv-changelog', 0, 6)
  expect(task.changelogPartitions()[0]?.offset).toBe(6)
  task.start()
  const restored = task.store('kv') as KeyValueStore<string, string>
  expect([...restored.all()]).toEqual([['b', 'vb'], ['c', 'vc']])
})

test('StreamTask should offer where it stands when nothing was processed and it runs exactly once', () => {
  const harness = new TaskHarness(passing(), { processingGuarantee: 'exactly_once_v2' }).start()
  const { task } = harness
  task.startsAt('in', 0, 7)
  task.setPartitionTime('in', 0, 70)
  expect(task.committableOffsets()).toEqual([{ topic: 'in', partition: 0, offset: 7, partitionTime: 70 }])
  harness.add('in', ['k', 'v', 80])
  task.process(10)
  const done = [{ topic: 'in', partition: 0, offset: 1, partitionTime: 80 }]
  expect(task.committableOffsets()).toEqual(done)
  void task.postCommit()
  expect(task.committableOffsets()).toEqual(done)
})

test('StreamTask should want a commit when nothing but markers of transactions have come, so that no lag remains', () => {
  const { task } = new TaskHarness(passing()).start().add('in', ['k', 'v', 1])
  task.process(10)
  void task.postCommit()
  expect(task.commitNeeded).toBe(false)
  task.addChunk('in', 0, new MemoryChunk([], 3))
  expect(task.commitNeeded).toBe(true)
  expect(task.committableOffsets()).toEqual([{ topic: 'in', partition: 0, offset: 3, partitionTime: 1 }])
})
