import { Headers } from '../../lib/core/headers.ts'
import { GlobalStateTask } from '../../lib/task/global-state-task.ts'
import { MemoryChunk } from '../../lib/testing/memory-chunk.ts'
import { MemoryRecordCollector } from '../../lib/testing/memory-record-collector.ts'
import { Stores } from '../../stores/stores.ts'
import type { KeyValueStore } from '../../topology/api.ts'
import type { StreamsConfigInput } from '../../topology/config.ts'
import { Topology } from '../../topology/topology.ts'
import { Calling, environment, TEXT } from './task-harness.ts'

const setUp = (config: StreamsConfigInput = {}) => {
  const builder = Stores.keyValueStore('g', { ...TEXT, engine: 'memory', logging: false })
  const putting = () =>
    new Calling((record, context) => {
      if (record.value === 'bad') throw new Error('bad value')
      context.getStateStore(builder).put(record.key ?? '', record.value)
    })
  const topology = new Topology().addGlobalStore(builder, { sourceName: 'gs', topic: 'gt', processorName: 'gp', supplier: putting, ...TEXT })
  const env = environment(config)
  const task = new GlobalStateTask({
    ...env,
    topology: topology.internals.setApplicationId('app').buildGlobalStateTopology()!,
    collector: new MemoryRecordCollector(env.config),
  })
  void task.open()
  return { task, rows: () => [...(task.store('g') as KeyValueStore<string, string>).all()] }
}

const chunk = (first: number, ...rows: readonly (readonly [string, string | undefined])[]) =>
  new MemoryChunk(rows.map(([key, value], i) => ({ offset: first + i, timestamp: i, key: Buffer.from(key), value: value === undefined ? undefined : Buffer.from(value), headers: Headers.empty })))

test('GlobalStateTask should fill its store from all partitions when records come', () => {
  const { task, rows } = setUp()
  expect(task.topics()).toEqual(['gt'])
  expect(task.update('gt', 0, chunk(0, ['a', '1'], ['b', '2']))).toBe(2)
  expect(task.update('gt', 1, chunk(0, ['c', '3'], ['a', undefined]))).toBe(2)
  expect(rows()).toEqual([['b', '2'], ['c', '3']])
})

test('GlobalStateTask should let an error through as it is when the handler is not enabled for global processors', () => {
  const { task } = setUp({ processingExceptionHandler: 'continue' })
  expect(() => task.update('gt', 0, chunk(0, ['a', 'bad']))).toThrow(/^bad value$/)
})

test('GlobalStateTask should drop a record when the handler is enabled for global processors and says continue', () => {
  const { task, rows } = setUp({ processingExceptionHandler: 'continue', processingExceptionHandlerGlobalEnabled: true })
  task.update('gt', 0, chunk(0, ['a', 'bad'], ['b', 'ok']))
  expect(rows()).toEqual([['b', 'ok']])
})

test('GlobalStateTask should refuse records when no global store reads their topic', () => {
  expect(() => setUp().task.update('other', 0, chunk(0))).toThrow('There is no global store for topic other')
})
