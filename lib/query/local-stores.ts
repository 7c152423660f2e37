import { InvalidStateStoreError } from '../core/errors.ts'
import type { StreamsClient } from '../runtime/streams-client.ts'
import type { LocalStore } from './store-query-parameters.ts'
import { Position } from './position.ts'
import type { LocalPartition } from './run-query.ts'
import { StreamsNotRunningError } from '../runtime/errors.ts'

/**
 * The stores of that name that this instance has now, one per task, or the global store.
 * @throws {InvalidStateStoreError} while they cannot be read: not started, rebalancing, restoring, stopped
 */
export const localStores = (client: StreamsClient, storeName: string, staleStores: boolean): LocalStore[] => {
  const { state } = client.states
  if (!client.states.isRunningOrRebalancing) {
    throw new InvalidStateStoreError(`the store ${storeName} cannot be read: the client is ${state}, not RUNNING`)
  }
  const global = client.globalStore(storeName)
  if (global !== undefined) return [{ store: global, partition: -1 }]
  const found: LocalStore[] = []
  for (const thread of client.threads) {
    if (thread.state !== 'RUNNING' && !staleStores) {
      throw new InvalidStateStoreError(`the store ${storeName} cannot be read now: the stream thread is ${thread.state}, not RUNNING; try again soon`)
    }
    for (const { task, phase } of thread.tasks) {
      const store = phase === 'created' ? undefined : task.stores().find(({ name }) => name === storeName)
      if (store?.isOpen) found.push({ store, partition: task.id.partition })
    }
  }
  return found
}

/**
 * The same for queries that tell of each partition by itself: those that are being restored are among them.
 * @throws {StreamsNotRunningError} before the start and after the end
 */
export const localPartitions = (client: StreamsClient, storeName: string): LocalPartition[] => {
  const { states } = client
  if (!states.isRunningOrRebalancing) throw new StreamsNotRunningError(`the store ${storeName} cannot be queried: the client is ${states.state}, not RUNNING`)
  const global = client.globalStore(storeName)
  if (global !== undefined) return [{ store: global, partition: -1, isActive: true, position: Position.empty }]
  return client.threads.flatMap(({ tasks }) =>
    tasks.flatMap(({ task, phase, isRunning }) => {
      const store = phase === 'created' ? undefined : task.stores().find(({ name }) => name === storeName)
      if (store?.isOpen !== true) return []
      const seen = task.positions().filter(({ offset }) => offset > 0)
      const position = Position.of(seen.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset - 1 })))
      return [{ store, partition: task.id.partition, isActive: isRunning, position }]
    }),
  )
}
