import { ByteWriter } from '../../lib/core/byte-writer.ts'
import { Headers } from '../../lib/core/headers.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import type { ChangelogAppender, ContextHolder, InternalStoreContext, KeySuffix } from '../../stores/internals/store-context.ts'
import { ThreadCache } from '../../stores/internals/thread-cache.ts'
import type { RecordContext, RecordMetadata, StateRestoreCallback, StateStore } from '../../topology/api.ts'

export interface LoggedChange {
  readonly key: Buffer
  readonly value: Buffer | undefined
  readonly timestamp: number
  readonly headers: Headers
}

/** One changelog partition as a list; the offset of a record is its index. */
export class FakeChangelog implements ChangelogAppender {
  readonly records: LoggedChange[] = []

  append(key: string, value: Uint8Array | undefined, timestamp: number, headers = Headers.empty, suffix?: KeySuffix): void {
    const out = new ByteWriter()
    out.writeLatin1(key)
    suffix?.write(out)
    this.records.push({ key: Buffer.from(out.view()), value: value && Buffer.from(value), timestamp, headers })
  }

  appendValue<V>(key: string, value: V, serializer: Serde<V>['serializer'], timestamp: number, headers?: Headers, suffix?: KeySuffix): void {
    this.append(key, serializer.serialize('changelog', value), timestamp, headers, suffix)
  }
}

export interface FakeContextOptions {
  readonly stateDir?: string
  readonly ephemeral?: boolean
  readonly cacheBytes?: number
  readonly changelogs?: Map<string, FakeChangelog>
}

/** A task as far as its stores can see it. The test moves the current record by hand. */
export class FakeStoreContext implements InternalStoreContext {
  readonly applicationId = 'app'
  readonly taskId = { subtopology: 0, partition: 0, toString: () => '0_0' }
  readonly stateDir: string
  readonly ephemeral: boolean
  readonly keySerde: Serde<unknown> = Serdes.string as Serde<unknown>
  readonly valueSerde: Serde<unknown> = Serdes.string as Serde<unknown>
  streamTime = Infinity
  readonly cache: ThreadCache
  readonly changelogs: Map<string, FakeChangelog>
  readonly restorers = new Map<string, StateRestoreCallback>()
  current: RecordContext | undefined = { topic: 'in', partition: 0, offset: 0, timestamp: 0, headers: Headers.empty }

  constructor(options: FakeContextOptions = {}) {
    this.stateDir = options.stateDir ?? '/nowhere'
    this.ephemeral = options.ephemeral ?? false
    this.cache = new ThreadCache(options.cacheBytes ?? 10 * 1024 * 1024)
    this.changelogs = options.changelogs ?? new Map<string, FakeChangelog>()
  }

  get recordMetadata(): RecordMetadata | undefined {
    return this.current
  }

  get currentTimestamp(): number {
    return this.current?.timestamp ?? 0
  }

  get currentHeaders(): Headers {
    return this.current?.headers ?? Headers.empty
  }

  at(timestamp: number, offset = 0): void {
    this.current = { topic: 'in', partition: 0, offset, timestamp, headers: Headers.empty }
  }

  appConfigs(): Record<string, unknown> {
    return {}
  }

  appConfigsWithPrefix(): Record<string, unknown> {
    return {}
  }

  register(store: StateStore, restore?: StateRestoreCallback): void {
    if (restore !== undefined) this.restorers.set(store.name, restore)
  }

  changelog(storeName: string): FakeChangelog {
    const changelog = this.changelogs.get(storeName) ?? new FakeChangelog()
    this.changelogs.set(storeName, changelog)
    return changelog
  }

  logChange(storeName: string, key: Uint8Array, value: Uint8Array | undefined, timestamp = this.currentTimestamp): void {
    this.changelog(storeName).append(Buffer.from(key).toString('latin1'), value, timestamp)
  }

  saveRecordContext(): RecordContext | undefined {
    return this.current
  }

  copyRecordContext(target: ContextHolder): boolean {
    Object.assign(target, this.current, { source: undefined })
    return this.current !== undefined
  }

  restoreRecordContext(saved: RecordContext | undefined): void {
    if (saved === undefined) {
      this.current = undefined
      return
    }
    const { topic, partition, offset, timestamp, headers } = saved
    this.current = { topic, partition, offset, timestamp, headers }
  }

  /** What the runtime does after `init`: brings the store to the end of its changelog. Gives the number of records it took. */
  restore(store: StateStore): number {
    const records = this.changelog(store.name).records
    const from = store.committedOffset?.({ topic: changelogTopic(store.name), partition: 0 }) ?? 0
    const restorer = this.restorers.get(store.name)!
    for (const { key, value, timestamp, headers } of records.slice(from)) {
      // The task's bytes are valid during the call only.
      const lent = { key: Buffer.from(key), value: value && Buffer.from(value) }
      restorer(lent.key, lent.value, timestamp, headers)
      lent.key.fill(0xee)
      lent.value?.fill(0xee)
    }
    return records.length - from
  }

  /** The offsets that a commit names. */
  offsets(store: StateStore): Map<string, number> {
    return new Map([[`${changelogTopic(store.name)}-0`, this.changelog(store.name).records.length]])
  }
}

export const changelogTopic = (storeName: string): string => `app-${storeName}-changelog`
