import { existsSync } from 'node:fs'
import { Headers } from '../../lib/core/headers.ts'
import { TopologyTestDriver } from '../../lib/testing/index.ts'
import { Stores } from '../../stores/stores.ts'
import type { StateStore } from '../../topology/api.ts'
import { Record } from '../../topology/api.ts'
import { Topology } from '../../topology/topology.ts'
import { Calling, forwarding, TEXT } from '../task/task-harness.ts'
import { storeBuilder } from '../topology/stub-store.ts'

const upper = () => new Calling((record, context) => context.forward(record.withValue(record.value?.toUpperCase())))
const uppering = (): Topology => new Topology().addSource('s', 'in', TEXT).addProcessor('p', upper, 's').addSink('o', 'out', TEXT, 'p')

const drivers: TopologyTestDriver[] = []
const driverOf = (...args: ConstructorParameters<typeof TopologyTestDriver>): TopologyTestDriver => {
  const driver = new TopologyTestDriver(...args)
  drivers.push(driver)
  return driver
}

afterEach(() => {
  for (const driver of drivers.splice(0)) driver.close()
})

test('TopologyTestDriver should have processed a record completely when pipeInput returns', () => {
  const driver = driverOf(uppering())
  const input = driver.createInputTopic('in', TEXT)
  const output = driver.createOutputTopic('out', TEXT)
  input.pipeInput('k', 'to be', { timestamp: 5, headers: Headers.empty.add('h', 'x') })
  expect(output.readRecord()).toMatchObject({ key: 'k', value: 'TO BE', timestamp: 5 })
  expect(output.isEmpty).toBe(true)
})

test('TopologyTestDriver should feed a topic back when the topology writes and reads it', () => {
  const topology = uppering().addSource('again', 'out', TEXT).addSink('end', 'end', TEXT, 'again')
  const driver = driverOf(topology)
  driver.createInputTopic('in', TEXT).pipeInput('k', 'v', { timestamp: 1 })
  expect(driver.createOutputTopic('end', TEXT).readKeyValuesToList()).toEqual([['k', 'V']])
  expect(driver.createOutputTopic('out', TEXT).queueSize).toBe(1)
  expect([...driver.producedTopicNames()]).toEqual(['out', 'end'])
})

test('TopologyTestDriver should move the clock only when told to, and run each due punctuator once', () => {
  const ticking = () => new Calling(() => {}, (context) => {
    context.schedule(10, 'wall-clock-time', (now) => context.forward(new Record('tick', String(now), now)))
  })
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', ticking, 's').addSink('o', 'out', TEXT, 'p')
  const driver = driverOf(topology, { initialWallClockMs: 100 })
  const output = driver.createOutputTopic('out', TEXT)
  driver.advanceWallClockTime(9)
  expect(output.isEmpty).toBe(true)
  driver.advanceWallClockTime(26)
  expect(output.readValuesToList()).toEqual(['135'])
  expect(driver.now).toBe(135)
})

test('TopologyTestDriver should fill a global store at once when its topic gets a record', () => {
  const store = Stores.keyValueStore('g', { ...TEXT, engine: 'memory', logging: false })
  const putting = () => new Calling((record, context) => context.getStateStore(store).put(record.key ?? '', record.value))
  const looking = () => new Calling((record, context) => context.forward(record.withValue(context.getStateStore(store).get(record.key ?? ''))))
  const topology = new Topology()
    .addGlobalStore(store, { sourceName: 'gs', topic: 'gt', processorName: 'gp', supplier: putting, ...TEXT })
    .addSource('s', 'in', TEXT)
    .addProcessor('p', looking, 's')
    .addSink('o', 'out', TEXT, 'p')
  const driver = driverOf(topology)
  driver.createInputTopic('gt', TEXT).pipeInput('a', 'x', { timestamp: 1 })
  driver.createInputTopic('in', TEXT).pipeInput('a', '?', { timestamp: 2 })
  expect(driver.createOutputTopic('out', TEXT).readValue()).toBe('x')
  expect(driver.getStateStore(store)?.get('a')).toBe('x')
})

test('TopologyTestDriver should show stores and changelogs when a processor puts', () => {
  const store = Stores.keyValueStore('kv', TEXT)
  const putting = () => new Calling((record, context) => context.getStateStore(store).put(record.key ?? '', record.value))
  const driver = driverOf(new Topology().addSource('s', 'in', TEXT).addProcessor('p', putting, 's').addStateStore(store, 'p'), { config: { applicationId: 'app' } })
  driver.createInputTopic('in', TEXT).pipeInput('a', 'x', { timestamp: 1 })
  expect(driver.getStateStore(store)?.get('a')).toBe('x')
  expect([...driver.getAllStateStores().keys()]).toEqual(['kv'])
  expect(driver.getStateStore('nothing')).toBeUndefined()
  expect(driver.producedRecords('app-kv-changelog').map(({ key, value }) => `${String(key)}=${String(value)}`)).toEqual(['a=x'])
})

test('TopologyTestDriver should report every record with its topic when it is asked to', () => {
  const seen: string[] = []
  const driver = driverOf(uppering(), { onProduced: ({ topic, offset, value }) => seen.push(`${topic}@${offset} ${String(value)}`) })
  driver.createInputTopic('in', TEXT).pipeValueList(['a', 'b'])
  expect(seen).toEqual(['out@0 A', 'out@1 B'])
})

test('TopologyTestDriver should read topics by pattern when a record comes for one that matches', () => {
  const driver = driverOf(new Topology().addSource('s', /in-\d/, TEXT).addProcessor('p', forwarding, 's').addSink('o', 'out', TEXT, 'p'))
  driver.createInputTopic('in-1', TEXT).pipeInput('a', '1', { timestamp: 1 })
  driver.createInputTopic('in-2', TEXT).pipeInput('b', '2', { timestamp: 2 })
  expect(driver.createOutputTopic('out', TEXT).readKeyValuesToList()).toEqual([['a', '1'], ['b', '2']])
  expect(() => driver.createInputTopic('in-x', TEXT).pipeInput('c', '3')).toThrow('Unknown topic: in-x')
})

test('TopologyTestDriver should keep nothing of a record when its processing fails', () => {
  const failing = () =>
    new Calling((record, context) => {
      context.forward(record)
      if (record.value === 'bad') throw new Error('bad value')
    })
  const driver = driverOf(new Topology().addSource('s', 'in', TEXT).addProcessor('p', failing, 's').addSink('o', 'out', TEXT, 'p'))
  const input = driver.createInputTopic('in', TEXT)
  input.pipeInput('a', 'ok', { timestamp: 1 })
  expect(() => input.pipeInput('b', 'bad', { timestamp: 2 })).toThrow('bad value')
  expect(driver.createOutputTopic('out', TEXT).readKeyValuesToList()).toEqual([['a', 'ok']])
})

test('TopologyTestDriver should count dropped records when a handler drops them', () => {
  const failing = () => new Calling(() => {
    throw new Error('bad value')
  })
  const driver = driverOf(new Topology().addSource('s', 'in', TEXT).addProcessor('p', failing, 's'), { config: { processingExceptionHandler: 'continue', metricsRecordingLevel: 'DEBUG' } })
  driver.createInputTopic('in', TEXT).pipeValueList(['a', 'b'])
  expect(driver.droppedRecordsTotal()).toBe(2)
  expect(driver.metrics().find(({ name }) => name === 'process-total')?.value).toBe(2)
})

test('TopologyTestDriver should finish what promises hold up when it is asked to settle', async () => {
  const slow = () =>
    new Calling(async (record, context) => {
      await Promise.resolve()
      context.forward(record)
    })
  const driver = driverOf(new Topology().addSource('s', 'in', TEXT).addProcessor('p', slow, 's').addSink('o', 'out', TEXT, 'p'))
  const input = driver.createInputTopic('in', TEXT)
  input.pipeInput('a', '1', { timestamp: 1 })
  input.pipeInput('b', '2', { timestamp: 2 })
  const output = driver.createOutputTopic('out', TEXT)
  expect(output.isEmpty).toBe(true)
  await driver.settled()
  expect(output.readKeyValuesToList()).toEqual([['a', '1'], ['b', '2']])
})

test('TopologyTestDriver should drop and count a record when the partitioner names no partition', () => {
  const topology = new Topology().addSource('s', 'in', TEXT).addSink('o', 'out', { ...TEXT, partitioner: (_topic, _key, value) => (value === 'b' ? [] : undefined) }, 's')
  const driver = driverOf(topology)
  driver.createInputTopic('in', TEXT).pipeValueList(['a', 'b', 'c'])
  expect(driver.createOutputTopic('out', TEXT).readValuesToList()).toEqual(['a', 'c'])
  expect(driver.droppedRecordsTotal()).toBe(1)
})

test('TopologyTestDriver should leave no files behind when a store of a user wrote some', () => {
  let directory = ''
  class FileStore implements StateStore {
    readonly name = 'own'
    readonly persistent = true
    readonly isOpen = true
    init(context: Parameters<StateStore['init']>[0]): void {
      directory = context.stateDir
      context.register(this)
    }
    close(): void {}
  }
  const builder = storeBuilder('own', { build: () => new FileStore() })
  const driver = new TopologyTestDriver(new Topology().addSource('s', 'in', TEXT).addProcessor('p', forwarding, 's').addStateStore(builder, 'p'))
  expect(existsSync(directory)).toBe(true)
  driver[Symbol.dispose]()
  expect(existsSync(directory)).toBe(false)
  expect(() => driver.advanceWallClockTime(1)).toThrow('is closed')
})

test('TopologyTestDriver should refuse a wrong configuration when it is made', () => {
  expect(() => new TopologyTestDriver(uppering(), { config: { 'comit.interval.ms': 1 } })).toThrow('Did you mean commit.interval.ms?')
})

test('a topic name extractor should see where a record came from, with its bytes', () => {
  const seen: unknown[] = []
  const topology = new Topology()
    .addSource('s', 'in', TEXT)
    .addSink('o', (_key: string, _value: string, { topic, partition, offset, timestamp, sourceRawKey, sourceRawValue }) => {
      seen.push([topic, partition, offset, timestamp, Buffer.from(sourceRawKey ?? []).toString(), Buffer.from(sourceRawValue ?? []).toString()])
      return 'out'
    }, TEXT, 's')
  const driver = new TopologyTestDriver(topology)
  driver.createInputTopic('in', TEXT).pipeInput('k', 'v', { timestamp: 5 })
  expect(seen).toEqual([['in', 0, 0, 5, 'k', 'v']])
  driver.close()
})
