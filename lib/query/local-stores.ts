import { InvalidStateStoreError } from '../core/errors.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { StateStore } from '../../topology/api.ts'
import type { ClientState } from '../runtime/client-state.ts'
import type { StreamThread } from '../runtime/stream-thread.ts'
import type { LocalStore } from './store-query-parameters.ts'
import { Position } from './position.ts'
import type { LocalPartition } from './run-query.ts'
import { StreamsNotRunningError } from '../runtime/errors.ts'
import type { StreamTask } from '../task/stream-task.ts'

/** Whose stores are read: a client in its own event loop, or the one stream thread of a worker. */
export interface StoreHolder {
  readonly states: { readonly state: ClientState; readonly isRunningOrRebalancing: boolean }
  readonly localThreads: readonly Pick<StreamThread, 'state' | 'tasks' | 'standbyTasks'>[]
  globalStore(name: string): StateStore | undefined
}

/**
 * The stores of that name that this instance has now, one per task, or the global store.
 * @throws {InvalidStateStoreError} while they cannot be read: not started, rebalancing, restoring, stopped
 */
export const localStores = (client: StoreHolder, storeName: string, staleStores: boolean): LocalStore[] => {
  const { state } = client.states
  if (!client.states.isRunningOrRebalancing) {
    throw new InvalidStateStoreError(`the store ${storeName} cannot be read: the client is ${state}, not RUNNING`)
  }
  const global = client.globalStore(storeName)
  if (global !== undefined) return [{ store: global, partition: -1 }]
  const found: LocalStore[] = []
  for (const thread of client.localThreads) {
    if (thread.state !== 'RUNNING' && !staleStores) {
      throw new InvalidStateStoreError(`the store ${storeName} cannot be read now: the stream thread is ${thread.state}, not RUNNING; try again soon`)
    }
    const holders = [...thread.tasks.filter(({ phase }) => phase !== 'created'), ...(staleStores ? thread.standbyTasks : [])]
    for (const { task } of holders) found.push(...openStore(task, storeName))
  }
  return found
}

/**
 * The same for queries that tell of each partition by itself: standbys and those that are being restored are among them.
 * @throws {StreamsNotRunningError} before the start and after the end
 */
export const localPartitions = (client: StoreHolder, storeName: string): LocalPartition[] => {
  const { states } = client
  if (!states.isRunningOrRebalancing) throw new StreamsNotRunningError(`the store ${storeName} cannot be queried: the client is ${states.state}, not RUNNING`)
  const global = client.globalStore(storeName)
  if (global !== undefined) return [{ store: global, partition: -1, isActive: true, position: Position.empty }]
  return client.localThreads.flatMap(({ tasks, standbyTasks }) => [
    ...tasks
      .filter(({ phase }) => phase !== 'created')
      .flatMap(({ task, isRunning, startOffsets }) =>
        openStore(task, storeName).map((local) => ({ ...local, isActive: isRunning, position: positionOf(task, startOffsets) })),
      ),
    // what was processed for the state that a standby has read is not known here
    ...standbyTasks.flatMap(({ task }) => openStore(task, storeName).map((local) => ({ ...local, isActive: false, position: Position.empty }))),
  ])
}

/** The store that a task, active or standby, has open under that name: one or none. */
const openStore = (task: Pick<StreamTask, 'id' | 'store'>, storeName: string): LocalStore[] => {
  const store = task.store(storeName)
  return store?.isOpen === true ? [{ store, partition: task.id.partition }] : []
}

/** How far a task has processed its inputs: in this run, or before it (what was restored has all of that). */
const positionOf = (task: StreamTask, startOffsets: ReadonlyMap<string, number>): Position => {
  const next = new Map(startOffsets)
  for (const { topic, partition, offset } of task.positions()) next.set(partitionKey(topic, partition), offset)
  return Position.of(
    task.inputPartitions.flatMap(({ topic, partition }) => {
      const offset = next.get(partitionKey(topic, partition)) ?? 0
      return offset > 0 ? [{ topic, partition, offset: offset - 1 }] : []
    }),
  )
}
