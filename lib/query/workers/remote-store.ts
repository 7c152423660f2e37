import { InvalidStateStoreError } from '../../core/errors.ts'
import type { Serializer } from '../../serdes/serde.ts'
import type { QueryIterator } from '../query-iterator.ts'
import type { QueryableStoreType } from '../queryable-store-types.ts'
import type { StoreQueryParameters } from '../store-query-parameters.ts'
import { handleKinds } from './handle-methods.ts'
import type { HandleMethod } from './handle-methods.ts'
import type { RowsAnswer, ValueAnswer } from './questions.ts'
import { iteratorOf, remoteRows } from './remote-rows.ts'
import type { Ask, StartedRows } from './remote-rows.ts'
import type { StoreRows } from './store-rows.ts'

/** Where the stores of a client are that has workers. */
export interface RemoteStores {
  readonly rows: StoreRows
  /** The workers to ask now. @throws {InvalidStateStoreError} while the stores cannot be read */
  workers(): readonly Ask[]
  /** A handle on the stores of this event loop; undefined when it has none of that name. */
  local(): Readonly<Record<string, (...args: readonly unknown[]) => unknown>> | undefined
}

interface Options {
  readonly signal?: AbortSignal | undefined
}

/** Whether stores in workers can be read by handles of that type. */
export const canBeRemote = (type: QueryableStoreType<unknown>): boolean => type.name in handleKinds

/**
 * A query handle over stores that live in workers, with the methods of the type's own.
 * @throws {InvalidStateStoreError} for a type of the user's own: its code cannot be sent to another thread
 */
export const remoteStore = <T>(parameters: StoreQueryParameters<T>, stores: RemoteStores): T => {
  const { storeName, type } = parameters
  const kind = handleKinds[type.name]
  if (kind === undefined) {
    throw new InvalidStateStoreError(`the store ${storeName} cannot be read as ${type.name}: it lives in worker threads, where only the types of QueryableStoreTypes can be read`)
  }
  const handle = new RemoteHandle(parameters, stores)
  return Object.fromEntries(Object.entries(kind.methods).map(([name, method]) => [name, handle.method(name, method)])) as T
}

class RemoteHandle {
  readonly #parameters: StoreQueryParameters<unknown>
  readonly #stores: RemoteStores

  constructor(parameters: StoreQueryParameters<unknown>, stores: RemoteStores) {
    this.#parameters = parameters
    this.#stores = stores
  }

  method(name: string, method: HandleMethod): (...given: readonly unknown[]) => unknown {
    const { takes, gives } = method
    return (...given) => {
      const args = given.slice(0, takes.length)
      const { signal } = (given[takes.length] ?? {}) as Options
      if (gives === 'first' || gives === 'sum') return this.#value(name, method, args, signal)
      return this.#rows(name, method, args, signal)
    }
  }

  async #value(name: string, method: HandleMethod, args: readonly unknown[], signal: AbortSignal | undefined): Promise<unknown> {
    signal?.throwIfAborted()
    const local = this.#stores.local()
    const asked = this.#stores.workers().map((ask) => ask(this.#question('value', name, method, args)) as Promise<ValueAnswer>)
    const answers = await Promise.all(asked)
    this.#requireSome(answers, local)
    const { type: { name: typeName } } = this.#parameters
    const { shape } = handleKinds[typeName]!
    const here = await local?.[name]?.(...args)
    if (method.gives === 'sum') return answers.reduce((sum, { value }) => sum + Number(value ?? 0), Number(here ?? 0))
    return here ?? this.#stores.rows.unpackShown(answers.find(({ value }) => value !== undefined)?.value, shape)
  }

  #rows(name: string, method: HandleMethod, args: readonly unknown[], signal: AbortSignal | undefined): QueryIterator<unknown, unknown> {
    const local = this.#stores.local()
    const workers = this.#stores.workers()
    const begin = async (): Promise<StartedRows[]> => {
      const question = this.#question('rows', name, method, args)
      const answers = await Promise.all(workers.map(async (ask) => ({ ask, page: (await ask(question)) as RowsAnswer })))
      this.#requireSome(answers.map(({ page }) => page), local)
      return answers.map(({ ask, page }) => ({ ask, page, unpack: (row) => this.#unpack(method, row) }))
    }
    const remote = remoteRows(begin, signal)
    if (local === undefined) return remote
    return iteratorOf(oneAfterTheOther([local[name]!(...args, { signal }) as QueryIterator<unknown, unknown>, remote]))
  }

  #unpack({ gives }: HandleMethod, [place, shown]: readonly [unknown, unknown]): [unknown, unknown] {
    const { rows } = this.#stores
    const { shape } = handleKinds[this.#parameters.type.name]!
    return [gives === 'first' || gives === 'sum' ? place : rows.unpackPlace(place, gives), rows.unpackShown(shown, shape)]
  }

  #question(kind: 'value' | 'rows', method: string, { takes }: HandleMethod, args: readonly unknown[]): unknown {
    const { storeName, type, partition, staleStores = false } = this.#parameters
    const packed = takes.map((what, i) => {
      if (what === 'key') return this.#stores.rows.packKey(args[i])
      if (what === 'data') return method === 'prefixScan' ? undefined : args[i]
      const bytes = (args[i + 1] as Serializer<unknown>).serialize(storeName, args[i])
      return bytes === undefined ? undefined : Uint8Array.from(bytes)
    })
    return { kind, storeName, type: type.name, partition, staleStores, method, args: packed }
  }

  #requireSome(answers: readonly { readonly stores: number }[], local: object | undefined): void {
    if (local !== undefined || answers.some(({ stores }) => stores > 0)) return
    const { storeName, partition } = this.#parameters
    const which = partition === undefined ? `the store ${storeName}` : `partition ${partition} of the store ${storeName}`
    throw new InvalidStateStoreError(`${which} is not on this instance: it may have moved to another one, see queryMetadataForKey`)
  }
}

async function* oneAfterTheOther(all: readonly QueryIterator<unknown, unknown>[]): AsyncGenerator<[unknown, unknown], void> {
  try {
    for (const rows of all) yield* rows
  } finally {
    for (const rows of all) await rows.close()
  }
}
