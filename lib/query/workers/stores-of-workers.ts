import { InvalidStateStoreError } from '../../core/errors.ts'
import type { PreparedTopology } from '../../runtime/prepared-topology.ts'
import type { StreamsClient } from '../../runtime/streams-client.ts'
import { queryStore } from '../store-query-parameters.ts'
import type { LocalStore, StoreQueryParameters } from '../store-query-parameters.ts'
import type { Ask } from './remote-rows.ts'
import type { RemoteStores } from './remote-store.ts'
import { StoreRows } from './store-rows.ts'

/**
 * The stores of a client that has workers; `find`: those of its own event loop.
 * @throws {InvalidStateStoreError} when the client does not run, or the store is of another kind
 */
export const remoteStores = <T>(
  client: StreamsClient,
  { builder, config }: PreparedTopology,
  parameters: StoreQueryParameters<T>,
  find: () => readonly LocalStore[],
): RemoteStores => {
  const { storeName, type, staleStores = false } = parameters
  const store = builder.storeBuilder(storeName)?.build()
  if (store !== undefined && !type.accepts(store)) {
    throw new InvalidStateStoreError(`the store ${storeName} cannot be read as ${type.name}: it is another kind of store`)
  }
  const here = (): readonly LocalStore[] => {
    const all = find()
    return parameters.partition === undefined ? all : all.filter(({ partition }) => partition === parameters.partition || partition === -1)
  }
  const workers = (): readonly Ask[] => {
    const waiting = client.workers.find(({ state }) => state !== 'RUNNING')
    if (waiting !== undefined && !staleStores) {
      throw new InvalidStateStoreError(`the store ${storeName} cannot be read now: the stream thread is ${waiting.state}, not RUNNING; try again soon`)
    }
    // all have the same global stores
    const ready = client.workers.filter(({ isReady }) => isReady)
    const asked = builder.globalStore(storeName) === undefined ? ready : here().length > 0 ? [] : ready.slice(0, 1)
    return asked.map((worker) => (question) => worker.ask(question))
  }
  here()
  workers()
  return {
    rows: new StoreRows(builder, config, storeName),
    workers,
    local: () => (here().length === 0 ? undefined : (queryStore(parameters, find) as ReturnType<RemoteStores['local']>)),
  }
}
