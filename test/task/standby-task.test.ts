import { Headers } from '../../lib/core/headers.ts'
import { StandbyTask } from '../../lib/task/standby-task.ts'
import { TaskStores } from '../../lib/task/task-stores.ts'
import { MemoryChunk } from '../../lib/testing/memory-chunk.ts'
import { MemoryRecordCollector } from '../../lib/testing/memory-record-collector.ts'
import { Stores } from '../../stores/stores.ts'
import type { KeyValueStore } from '../../topology/api.ts'
import { Topology } from '../../topology/topology.ts'
import { environment, forwarding, TEXT } from './task-harness.ts'

test('StandbyTask should keep its store up with the changelog when records come', () => {
  const store = Stores.keyValueStore('kv', { ...TEXT, engine: 'memory' })
  const topology = new Topology().addSource('s', 'in', TEXT).addProcessor('p', forwarding, 's').addStateStore(store, 'p')
  const options = { ...environment(), topology: topology.internals.setApplicationId('app').buildTopology(0), collector: new MemoryRecordCollector(environment().config) }
  const task = new StandbyTask(options.taskId, new TaskStores(options))
  void task.open()
  const rows = [['a', '1'], ['a', '2']].map(([key, value], offset) => ({ offset, timestamp: 1, key: Buffer.from(key!), value: Buffer.from(value!), headers: Headers.empty }))
  task.restore('app-kv-changelog', 0, new MemoryChunk(rows).cursor(), 10)
  void task.commit()
  expect((task.store('kv') as KeyValueStore<string, string>).get('a')).toBe('2')
  expect(task.changelogPartitions()).toMatchObject([{ offset: 2 }])
  void task.close()
})
