import { Headers } from '../../../lib/core/headers.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import type { RecordContext, StateStore, StateStoreContext } from '../../../topology/api.ts'
import type { ChangelogAppender, InternalStoreContext } from '../store-context.ts'
import { NO_TIMESTAMP } from '../store-context.ts'
import { ChangeForm } from './change-form.ts'
import { ChangeTable } from './change-table.ts'
import type { BufferedChange } from './buffered-change.ts'
import { DirtyKeys } from './dirty-keys.ts'
import { sortByKey } from './key-order.ts'
import { KeyParts } from './key-parts.ts'
import { CURRENT_VERSION, restoredChange, VERSION_HEADER } from './restored-change.ts'
import { SpareChanges } from './spare-changes.ts'
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

/** A value in the form in which it waits, see {@link ChangeForm}. */
type Slot = unknown

/**
 * What `suppress` holds back: the latest update of each key, by time, in memory. An update of a key that waits takes the place
 * of the one before it and does not move back in the queue. The changelog gets the state of changed keys at each commit, not
 * every change.
 */
export class SuppressionBuffer<K, V> implements StateStore {
  readonly name: string
  readonly persistent = false
  readonly #settings: SuppressionBufferSettings<K, V>
  readonly #changes = new ChangeTable<Slot>()
  /** Undefined after a restoration, until someone asks whose turn it is. */
  #order: TimeOrder<Slot> | undefined = new TimeOrder()
  readonly #spare = new SpareChanges<Slot>()
  readonly #dirty = new DirtyKeys()
  /** Undefined until somebody wants to know. */
  #byteSize: number | undefined
  #changelog: ChangelogAppender | undefined
  #context!: InternalStoreContext
  #keys!: KeyParts<K>
  #form!: ChangeForm<V>
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
    this.#context = context as InternalStoreContext
    this.#keys = new KeyParts(keySerde ?? (context.keySerde as Serde<K>), topic)
    this.#form = new ChangeForm(valueSerde ?? (context.valueSerde as Serde<V>), topic)
    this.#changelog = loggingEnabled ? this.#context.changelog(this.name) : undefined
    const { partition } = context.taskId
    context.register(root, (key, value, timestamp, headers) => {
      this.#restore(key, value, { topic, partition, offset: -1, timestamp, headers })
    })
    this.#isOpen = true
  }

  #restore(key: Buffer, value: Buffer | undefined, context: RecordContext): void {
    const keys = this.#keys
    keys.splitBytes(key)
    const { head, tail, hash } = keys
    let change = this.#changes.find(head, tail, hash)
    this.#order = undefined
    if (value === undefined) {
      if (change !== undefined) this.#forget(change)
      return
    }
    const form = this.#form
    const logged = restoredChange({ value, headers: context.headers, context, buffered: form.toBytes(change?.prior) })
    if (change === undefined) {
      change = this.#spare.take(head, tail, hash, logged.time)
      this.#changes.add(change)
    }
    // Its place in the queue is the one that was logged: the key may have left and come again between two commits.
    change.time = logged.time
    change.prior = form.ofBytes(logged.prior)
    change.old = form.ofBytes(logged.old)
    change.new = form.ofBytes(logged.new)
    const { topic, partition, offset, timestamp, headers } = logged.context
    change.topic = topic
    change.partition = partition
    change.offset = offset
    change.timestamp = timestamp
    change.headers = headers
    this.#count(change)
  }

  #count(change: BufferedChange<Slot>): void {
    if (this.#byteSize === undefined) return
    const size = this.#form.sizeOf(change)
    this.#byteSize += size - change.size
    change.size = size
  }

  get #queue(): TimeOrder<Slot> {
    return (this.#order ??= this.#ordered())
  }

  #ordered(): TimeOrder<Slot> {
    const order = new TimeOrder<Slot>()
    this.#changes.forEach((change) => order.add(change))
    return order
  }

  /** The number of keys that wait. */
  get count(): number {
    return this.#changes.size
  }

  /** Bytes, counted as Kafka Streams does: keys, values and contexts. They are counted from the first call on. */
  get byteSize(): number {
    if (this.#byteSize === undefined) {
      this.#byteSize = 0
      this.#changes.forEach((change) => this.#count(change))
    }
    return this.#byteSize
  }

  /** The earliest time in the buffer; Infinity when it is empty. */
  get minTime(): number {
    return this.#queue.minTime
  }

  /** Holds an update of the current record. `time` counts only when the key does not wait yet. */
  put(time: number, key: K, newValue: V | undefined, oldValue: V | undefined): void {
    const keys = this.#keys
    const form = this.#form
    keys.split(key)
    const { head, tail, hash } = keys
    const newSlot = form.toSlot(newValue)
    const oldSlot = form.toSlot(oldValue)
    let change = this.#changes.find(head, tail, hash)
    if (change === undefined) {
      change = this.#spare.take(head, tail, hash, time)
      change.prior = oldSlot
      this.#queue.add(change)
      this.#changes.add(change)
    }
    change.old = oldSlot
    change.new = newSlot
    this.#context.copyRecordContext!(change)
    this.#count(change)
    if (change.dirtyAt < 0 && this.#changelog !== undefined) this.#dirty.add(change)
  }

  /**
   * Emits all updates up to that time, the earliest first, those of one time by key. Each leaves the buffer after it was
   * emitted: lookups from downstream meanwhile still see the row before it.
   */
  emitUntil(time: number, emit: EmitChange<K, V>): void {
    const queue = this.#queue
    if (queue.minTime > time) return
    const context = this.#context
    const current = context.saveRecordContext!()
    try {
      for (let first = queue.takeEarliest(time); first !== undefined; first = queue.takeEarliest(time)) this.#emitAll(first, queue, emit)
    } finally {
      context.restoreRecordContext!(current)
    }
  }

  #emitAll(first: BufferedChange<Slot>, queue: TimeOrder<Slot>, emit: EmitChange<K, V>): void {
    const due = chained(first)
    const last = due.at(-1)!
    const inOrder = sortByKey(due)
    let at = 0
    try {
      for (; at < inOrder.length; at++) {
        const change = inOrder[at]!
        this.#emit(change, emit)
        this.#remove(change)
      }
      this.#spare.give(first, last, at, this.#changes.size)
    } finally {
      for (; at < inOrder.length; at++) queue.add(inOrder[at]!)
    }
  }

  /** The same one by one, for as long as `isOver` says so. */
  emitWhile(isOver: () => boolean, emit: EmitChange<K, V>): void {
    const queue = this.#queue
    const context = this.#context
    const current = context.saveRecordContext!()
    try {
      for (let change = queue.first(); change !== undefined && isOver(); change = queue.first()) {
        this.#emit(change, emit)
        queue.removeFirst()
        this.#remove(change)
        this.#spare.give(change, change, 1, this.#changes.size)
      }
    } finally {
      context.restoreRecordContext!(current)
    }
  }

  #emit(change: BufferedChange<Slot>, emit: EmitChange<K, V>): void {
    const form = this.#form
    this.#context.restoreRecordContext!(change)
    emit(this.#keys.join(change.head, change.tail), form.toValue(change.new), form.toValue(change.old), change.timestamp, change.headers)
  }

  #remove(change: BufferedChange<Slot>): void {
    if (this.#changelog !== undefined) this.#dirty.left(change)
    this.#forget(change)
  }

  /** Empties a change that has left, so that it holds on to nothing. */
  #forget(change: BufferedChange<Slot>): void {
    this.#changes.remove(change)
    if (this.#byteSize !== undefined) this.#byteSize -= change.size
    change.head = ''
    change.prior = undefined
    change.old = undefined
    change.new = undefined
    change.headers = Headers.empty
    change.source = undefined
    change.size = 0
  }

  /** For a key that waits: the row that those downstream still believe in. Undefined for a key that does not. */
  priorOf(key: K): { readonly value: V | undefined } | undefined {
    const keys = this.#keys
    keys.split(key)
    const change = this.#changes.find(keys.head, keys.tail, keys.hash)
    return change && { value: this.#form.toValue(change.prior) }
  }

  /** Logs what keys have become since the last commit. Such records bear the time at which they are sent. */
  flushCache(): void {
    const changelog = this.#changelog
    if (changelog === undefined || this.#dirty.size === 0) return
    const keys = this.#keys
    this.#dirty.take((bytes, start, end, waits) => {
      const key = bytes.latin1Slice(start, end)
      if (!waits) {
        changelog.append(key, undefined, NO_TIMESTAMP)
        return
      }
      keys.splitBytes(bytes, start, end)
      const change = this.#changes.find(keys.head, keys.tail, keys.hash)!
      change.dirtyAt = -1
      changelog.append(key, this.#form.bytesOf(change), NO_TIMESTAMP, CHANGELOG_HEADERS)
    })
  }

  close(): void {
    this.#isOpen = false
    this.#changes.clear()
    this.#order = new TimeOrder()
    this.#spare.clear()
    this.#dirty.clear()
    this.#byteSize = undefined
  }
}

/** The changes of a chain in a list. */
const chained = <S>(first: BufferedChange<S>): BufferedChange<S>[] => {
  const list: BufferedChange<S>[] = []
  for (let change: BufferedChange<S> | undefined = first; change !== undefined; change = change.next) list.push(change)
  return list
}
