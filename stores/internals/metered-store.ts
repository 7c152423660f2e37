import { InvalidStateStoreError, SerializationError, StreamsError } from '../../lib/core/errors.ts'
import type { Headers } from '../../lib/core/headers.ts'
import { partitionKey } from '../../lib/core/topic-partition.ts'
import type { TopicPartition } from '../../lib/core/topic-partition.ts'
import { byteStringDecoder, byteStringEncoder } from '../../lib/serdes/fast-paths.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import type { StateRestoreCallback, StateStore, StateStoreContext } from '../../topology/api.ts'
import type { BufferedStateStore, ChangelogAppender, InternalStoreContext, RestoreWithin } from './store-context.ts'

/** What the lowest layer of a store offers for its life. */
export interface StoreStorage {
  readonly wantsCommit: boolean
  commit(offsets: ReadonlyMap<string, number>): void | Promise<void>
  committedOffset(partition: string): number | undefined
  close(): void | Promise<void>
}

export interface MeteredSettings<K> {
  readonly supplier: { readonly name: string; readonly engine: string }
  readonly keySerde: Serde<K> | undefined
  /** Where `keySerde` is undefined and the configured serde is only a part of it. */
  keySerdeOf?(context: StateStoreContext, topic: string): Serde<K>
  readonly loggingEnabled: boolean
}

/** What the outermost layers of all stores have in common: their life, and how keys and errors come in and out. */
export abstract class MeteredStore<K, S extends StoreStorage> implements StateStore, BufferedStateStore {
  readonly name: string
  readonly persistent: boolean
  /** Where its rows are, such as `memory`. */
  readonly engine: string
  readonly #settings: MeteredSettings<K>
  #encodeKey!: (key: K) => string
  protected decodeKey!: (key: string) => K
  #isKeyImmutable = false
  /** Get and put of one key follow each other: its bytes are made once. */
  #lastKey: K | undefined
  #lastStoreKey = ''
  #storage: S | undefined

  constructor(settings: MeteredSettings<K>) {
    const { name, engine } = settings.supplier
    this.name = name
    this.engine = engine
    this.persistent = engine === 'leveldb' || engine === 'lmdb'
    this.#settings = settings
  }

  get isOpen(): boolean {
    return this.#storage !== undefined
  }

  init(context: StateStoreContext, root: StateStore): void | Promise<void> {
    const internal = context as InternalStoreContext
    const topic = `${context.applicationId}-${this.name}-changelog`
    const keySerde = this.#settings.keySerde ?? this.#settings.keySerdeOf?.(context, topic) ?? (context.keySerde as Serde<K>)
    this.#encodeKey = byteStringEncoder(keySerde, topic)
    this.decodeKey = byteStringDecoder(keySerde, topic)
    this.#isKeyImmutable = keySerde.immutable === true
    this.#lastKey = undefined
    const changelog = this.#settings.loggingEnabled ? internal.changelog(this.name) : undefined
    const opened = this.open(internal, topic, changelog)
    const restore: StateRestoreCallback & RestoreWithin = (key, value, timestamp, headers) =>
      this.restore(this.#storage!, key as Buffer, 0, key.length, value as Buffer | undefined, timestamp, headers)
    restore.within = (buffer, keyStart, keyEnd, value, timestamp, headers) => this.restore(this.#storage!, buffer, keyStart, keyEnd, value, timestamp, headers)
    context.register(root, restore)
    const build = (storage: S): void => {
      this.build(storage, internal, changelog)
      this.#storage = storage
    }
    return opened instanceof Promise ? opened.then(build) : build(opened)
  }

  /** Opens the lowest layer. */
  protected abstract open(context: InternalStoreContext, topic: string, changelog: ChangelogAppender | undefined): S | Promise<S>
  /** Puts the other layers on it. */
  protected abstract build(storage: S, context: InternalStoreContext, changelog: ChangelogAppender | undefined): void
  /** Takes one record of the changelog, whose key is the bytes from `keyStart` on. */
  protected abstract restore(
    storage: S, buffer: Buffer, keyStart: number, keyEnd: number, value: Buffer | undefined, timestamp: number, headers: Headers,
  ): void
  /** Lets go of the layers. */
  protected abstract dismantle(): void

  get wantsCommit(): boolean {
    return this.#storage?.wantsCommit ?? false
  }

  commit(changelogOffsets: ReadonlyMap<string, number>): void | Promise<void> {
    return this.#storage?.commit(changelogOffsets)
  }

  committedOffset(partition: TopicPartition): number | undefined {
    return this.#storage?.committedOffset(partitionKey(partition.topic, partition.partition))
  }

  close(): void | Promise<void> {
    this.dismantle()
    const storage = this.#storage
    this.#storage = undefined
    // A key from before must meet the closed store, not its memory.
    this.#lastKey = undefined
    return storage?.close()
  }

  protected refuse(): never {
    throw new InvalidStateStoreError(`Store ${this.name} is currently closed; it may be used from its task's init to its close`)
  }

  protected storeKey(key: K): string {
    if (key === this.#lastKey && key !== undefined) return this.#lastStoreKey
    // Java's words and no more: they are the content of dead letters
    if (key == null) throw new StreamsError('MILLRACE_STORE_NULL_KEY', 'key cannot be null')
    if (this.#storage === undefined) this.refuse()
    let storeKey: string
    try {
      storeKey = this.#encodeKey(key)
    } catch (error) {
      throw this.named(error)
    }
    if (this.#isKeyImmutable) {
      this.#lastKey = key
      this.#lastStoreKey = storeKey
    }
    return storeKey
  }

  /** An error of a serde says in which store it happened. */
  protected named(error: unknown): unknown {
    if (!(error instanceof SerializationError)) return error
    return new SerializationError(`Store ${this.name}: ${error.message}`, { cause: error })
  }
}
