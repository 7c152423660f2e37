import { ByteWriter } from '../../../lib/core/byte-writer.ts'
import { Headers } from '../../../lib/core/headers.ts'
import { byteStringDecoder, byteStringEncoder } from '../../../lib/serdes/fast-paths.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import type { RecordContext, StateStore, StateStoreContext } from '../../../topology/api.ts'
import type { ChangelogAppender, InternalStoreContext } from '../store-context.ts'
import { NO_TIMESTAMP } from '../store-context.ts'
import { BufferedChange, sizeOfChange, writeChange } from './buffered-change.ts'
import { DirtyKeys } from './dirty-keys.ts'
import { CURRENT_VERSION, restoredChange, VERSION_HEADER } from './restored-change.ts'
import { TimeOrder } from './time-order.ts'

const CHANGELOG_HEADERS = Headers.of([{ key: VERSION_HEADER, value: Uint8Array.of(CURRENT_VERSION) }])

/** Takes an update whose turn has come. The current record is then the one that made the update. */
export type EmitChange<K, V> = (key: K, newValue: V | undefined, oldValue: V | undefined, timestamp: number, headers: Headers) => void

export interface SuppressionBufferSettings<K, V> {
  readonly name: string
  readonly keySerde: Serde<K> | undefined
  readonly valueSerde: Serde<V> | undefined
  readonly loggingEnabled: boolean
}

/**
 * What `suppress` holds back: the latest update of each key, by time, in memory. An update of a key that waits takes the place
 * of the one before it and does not move back in the queue. The changelog gets the state of changed keys at each commit, not
 * every change.
 */
export class SuppressionBuffer<K, V> implements StateStore {
  readonly name: string
  readonly persistent = false
  readonly #settings: SuppressionBufferSettings<K, V>
  readonly #changes = new Map<string, BufferedChange>()
  /** Undefined after a restoration, until someone asks whose turn it is. */
  #order: TimeOrder<BufferedChange> | undefined = new TimeOrder()
  #byteSize = 0
  readonly #dirty = new DirtyKeys()
  readonly #scratch = new ByteWriter(256)
  #changelog: ChangelogAppender | undefined
  #context!: InternalStoreContext
  #encodeKey!: (key: K) => string
  #decodeKey!: (key: string) => K
  #encode!: (value: V) => string
  #decode!: (value: string) => V
  #isOpen = false

  constructor(settings: SuppressionBufferSettings<K, V>) {
    this.name = settings.name
    this.#settings = settings
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  init(context: StateStoreContext, root: StateStore): void {
    const { keySerde, valueSerde, loggingEnabled } = this.#settings
    const topic = `${context.applicationId}-${this.name}-changelog`
    const keys = keySerde ?? (context.keySerde as Serde<K>)
    const values = valueSerde ?? (context.valueSerde as Serde<V>)
    this.#context = context as InternalStoreContext
    this.#encodeKey = byteStringEncoder(keys, topic)
    this.#decodeKey = byteStringDecoder(keys, topic)
    this.#encode = byteStringEncoder(values, topic)
    this.#decode = byteStringDecoder(values, topic)
    this.#changelog = loggingEnabled ? this.#context.changelog(this.name) : undefined
    const { partition } = context.taskId
    context.register(root, (key, value, timestamp, headers) => {
      this.#restore(key.latin1Slice(), value, { topic, partition, offset: -1, timestamp, headers })
    })
    this.#isOpen = true
  }

  #restore(key: string, value: Buffer | undefined, context: RecordContext): void {
    const buffered = this.#changes.get(key)
    this.#order = undefined
    if (buffered !== undefined) this.#byteSize -= buffered.size
    if (value === undefined) {
      this.#changes.delete(key)
      return
    }
    // Its place in the queue is the one that was logged: the key may have left and come again between two commits.
    const change = restoredChange({ key, value, headers: context.headers, context, buffered })
    this.#changes.set(key, change)
    this.#count(change)
  }

  #count(change: BufferedChange): void {
    change.size = sizeOfChange(change)
    this.#byteSize += change.size
  }

  get #queue(): TimeOrder<BufferedChange> {
    return (this.#order ??= new TimeOrder(this.#changes.values()))
  }

  /** The number of keys that wait. */
  get count(): number {
    return this.#changes.size
  }

  /** Bytes, counted as Kafka Streams does: keys, values and contexts. */
  get byteSize(): number {
    return this.#byteSize
  }

  /** The earliest time in the buffer; Infinity when it is empty. */
  get minTime(): number {
    return this.#queue.first()?.time ?? Infinity
  }

  /** Holds an update of the current record. `time` counts only when the key does not wait yet. */
  put(time: number, key: K, newValue: V | undefined, oldValue: V | undefined): void {
    const keyBytes = this.#encodeKey(key)
    const newBytes = newValue === undefined ? undefined : this.#encode(newValue)
    const oldBytes = oldValue === undefined ? undefined : this.#encode(oldValue)
    let change = this.#changes.get(keyBytes)
    if (change === undefined) {
      change = new BufferedChange(keyBytes, time, oldBytes, oldBytes, newBytes)
      this.#queue.add(change)
      this.#changes.set(keyBytes, change)
    } else {
      this.#byteSize -= change.size
      change.old = oldBytes
      change.new = newBytes
    }
    this.#context.copyRecordContext!(change)
    this.#count(change)
    this.#soil(change)
  }

  #soil(change: BufferedChange): void {
    if (this.#changelog === undefined || change.isDirty) return
    change.isDirty = true
    this.#dirty.add(change.key)
  }

  /**
   * Emits the earliest update for as long as `isDue` says so. Each leaves the buffer after it was emitted: lookups from
   * downstream meanwhile still see the row before it.
   */
  emitWhile(isDue: () => boolean, emit: EmitChange<K, V>): void {
    const queue = this.#queue
    const context = this.#context
    const current = context.saveRecordContext!()
    try {
      for (let change = queue.first(); change !== undefined && isDue(); change = queue.first()) {
        this.#emit(change, emit)
        queue.removeFirst()
        this.#changes.delete(change.key)
        this.#byteSize -= change.size
        this.#soil(change)
      }
    } finally {
      context.restoreRecordContext!(current)
    }
  }

  #emit(change: BufferedChange, emit: EmitChange<K, V>): void {
    this.#context.restoreRecordContext!(change)
    const newValue = change.new === undefined ? undefined : this.#decode(change.new)
    const oldValue = change.old === undefined ? undefined : this.#decode(change.old)
    emit(this.#decodeKey(change.key), newValue, oldValue, change.timestamp, change.headers)
  }

  /** For a key that waits: the row that those downstream still believe in. Undefined for a key that does not. */
  priorOf(key: K): { readonly value: V | undefined } | undefined {
    const change = this.#changes.get(this.#encodeKey(key))
    if (change === undefined) return undefined
    return { value: change.prior === undefined ? undefined : this.#decode(change.prior) }
  }

  /** Logs what keys have become since the last commit. Such records bear the time at which they are sent. */
  flushCache(): void {
    const changelog = this.#changelog
    if (changelog === undefined || this.#dirty.size === 0) return
    for (const key of this.#dirty.take()) {
      const change = this.#changes.get(key)
      if (change === undefined) {
        changelog.append(key, undefined, NO_TIMESTAMP)
        continue
      }
      change.isDirty = false
      this.#scratch.reset()
      writeChange(change, this.#scratch)
      changelog.append(key, this.#scratch.view(), NO_TIMESTAMP, CHANGELOG_HEADERS)
    }
  }

  close(): void {
    this.#isOpen = false
    this.#changes.clear()
    this.#order = new TimeOrder()
    this.#dirty.clear()
    this.#byteSize = 0
  }
}
