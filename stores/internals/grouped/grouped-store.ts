import type { Headers } from '../../../lib/core/headers.ts'
import type { StateStoreContext } from '../../../topology/api.ts'
import { openEngine } from '../../engines/open-engine.ts'
import { MeteredStore } from '../metered-store.ts'
import type { MeteredSettings, StoreStorage } from '../metered-store.ts'
import type { RowBytes } from '../row-codec.ts'
import type { ChangelogAppender, InternalStoreContext } from '../store-context.ts'
import { BufferedGroups } from './buffered-groups.ts'
import type { GroupedRows } from './grouped-rows.ts'
import { groupOf, memberOf, rowKey } from './grouped-rows.ts'
import { MemoryGroups } from './memory-groups.ts'

interface GroupStorage<R> extends StoreStorage {
  readonly rows: GroupedRows<R>
}

export interface GroupedStoreSettings<R> extends MeteredSettings<string> {
  readonly supplier: { readonly name: string; readonly engine: 'memory' | 'lmdb' }
  makeCodec(context: StateStoreContext, topic: string): RowBytes<R>
}

/** A store of rows that are read by the group. Its changelog has a record for each change, with the headers of the record that made it. */
export class GroupedStore<R> extends MeteredStore<string, GroupStorage<R>> {
  readonly #settings: GroupedStoreSettings<R>
  #codec!: RowBytes<R>
  #context!: InternalStoreContext
  #changelog: ChangelogAppender | undefined
  #rows: GroupedRows<R> | undefined

  constructor(settings: GroupedStoreSettings<R>) {
    super(settings)
    this.#settings = settings
  }

  protected open(context: InternalStoreContext, topic: string): GroupStorage<R> | Promise<GroupStorage<R>> {
    const { name, engine } = this.#settings.supplier
    this.#codec = this.#settings.makeCodec(context, topic)
    return engine === 'memory' || context.ephemeral ? inMemory() : inFiles(name, this.#codec, context)
  }

  protected build({ rows }: GroupStorage<R>, context: InternalStoreContext, changelog: ChangelogAppender | undefined): void {
    this.#rows = rows
    this.#context = context
    this.#changelog = changelog
  }

  protected restore({ rows }: GroupStorage<R>, buffer: Buffer, keyStart: number, keyEnd: number, value: Buffer | undefined, timestamp: number, headers: Headers): void {
    const key = buffer.latin1Slice(keyStart, keyEnd)
    if (value === undefined) rows.delete(groupOf(key), memberOf(key))
    else rows.put(groupOf(key), memberOf(key), this.#codec.restored(value, timestamp, headers))
  }

  protected dismantle(): void {
    this.#rows = undefined
  }

  /** Logged first: a row that its serializer refuses must not get into the store. */
  put(group: string, member: string, row: R): void {
    const rows = this.#rows ?? this.refuse()
    try {
      if (this.#changelog === undefined) this.#codec.check(row)
      else this.#codec.log(this.#changelog, rowKey(group, member), row, this.#context.currentTimestamp)
    } catch (error) {
      throw this.named(error)
    }
    rows.put(group, member, row)
  }

  /** Logged also when there is nothing to delete, as in Java. */
  delete(group: string, member: string): void {
    const rows = this.#rows ?? this.refuse()
    const { currentTimestamp, currentHeaders } = this.#context
    this.#changelog?.append(rowKey(group, member), undefined, currentTimestamp, currentHeaders)
    rows.delete(group, member)
  }

  /** Calls `visitor` with all rows of that group, by their members. */
  visit(group: string, visitor: (row: R) => void): void {
    const rows = this.#rows ?? this.refuse()
    rows.visit(group, visitor)
  }
}

const inMemory = <R>(): GroupStorage<R> => ({
  rows: new MemoryGroups(),
  wantsCommit: false,
  commit: () => {},
  committedOffset: () => undefined,
  close: () => {},
})

const inFiles = async <R>(name: string, codec: RowBytes<R>, { stateDir }: StateStoreContext): Promise<GroupStorage<R>> => {
  const lease = await openEngine('lmdb', stateDir)
  const rows = new BufferedGroups<R>(lease.engine, name, codec)
  return {
    rows,
    get wantsCommit() {
      return rows.wantsCommit
    },
    commit: (offsets) => rows.commit(offsets),
    committedOffset: (partition) => rows.committedOffset(partition),
    async close() {
      await rows.close()
      await lease.release()
    },
  }
}
