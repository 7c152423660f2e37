import type { Headers } from '../../../lib/core/headers.ts'
import { byteStringDecoder, byteStringEncoder } from '../../../lib/serdes/fast-paths.ts'
import type { Serde } from '../../../lib/serdes/serde.ts'
import { MeteredStore } from '../metered-store.ts'
import type { MeteredSettings } from '../metered-store.ts'
import type { RowStorage } from '../row-storage.ts'
import { openStorage } from '../row-storage.ts'
import { NO_TIMESTAMP } from '../store-context.ts'
import type { ChangelogAppender, InternalStoreContext } from '../store-context.ts'
import type { BufferedRecord } from './buffered-record.ts'
import { bufferedRecords } from './buffered-record.ts'
import { composeKey, keyOfComposed, MAX_SEQUENCE, sequenceOf, timeOf } from './time-first-key.ts'
import { UpcomingKeys } from './upcoming-keys.ts'

/** Takes a record whose turn has come; it is then the current record. */
export type EmitRecord<K, V> = (key: K, value: V, timestamp: number, headers: Headers) => void

export interface GraceBufferSettings<K, V> extends MeteredSettings<K> {
  readonly supplier: { readonly name: string; readonly engine: 'leveldb' }
  readonly valueSerde: Serde<V> | undefined
  readonly gracePeriodMs: number
}

/**
 * Records of a stream that wait until stream time has passed them by the grace period, in files: by time, then by key, then in
 * the order in which they came. Its stream time is that of the records put into it.
 */
export class GraceBuffer<K, V> extends MeteredStore<K, RowStorage<BufferedRecord>> {
  readonly #valueSerde: Serde<V> | undefined
  readonly #name: string
  readonly #graceMs: number
  #encode!: (value: V) => string
  #decode!: (value: string) => V
  #storage: RowStorage<BufferedRecord> | undefined
  #context!: InternalStoreContext
  #changelog: ChangelogAppender | undefined
  /** False until it is known what an earlier run has left behind. */
  #isKnown = false
  #streamTime = -1
  #sequence = 0
  #upcoming = new UpcomingKeys()

  constructor(settings: GraceBufferSettings<K, V>) {
    super(settings)
    this.#valueSerde = settings.valueSerde
    this.#name = settings.supplier.name
    this.#graceMs = settings.gracePeriodMs
  }

  protected open(context: InternalStoreContext, topic: string): RowStorage<BufferedRecord> | Promise<RowStorage<BufferedRecord>> {
    const serde = this.#valueSerde ?? (context.valueSerde as Serde<V>)
    this.#encode = byteStringEncoder(serde, topic)
    this.#decode = byteStringDecoder(serde, topic)
    return openStorage({ name: this.#name, engine: 'leveldb' }, bufferedRecords, context, undefined)
  }

  protected build(storage: RowStorage<BufferedRecord>, context: InternalStoreContext, changelog: ChangelogAppender | undefined): void {
    this.#storage = storage
    this.#context = context
    this.#changelog = changelog
    this.#isKnown = false
  }

  protected restore(storage: RowStorage<BufferedRecord>, buffer: Buffer, keyStart: number, keyEnd: number, value: Buffer | undefined): void {
    const key = buffer.latin1Slice(keyStart, keyEnd)
    storage.restore(key, value === undefined ? undefined : bufferedRecords.restored(value, NO_TIMESTAMP, this.#context.currentHeaders))
  }

  protected dismantle(): void {
    this.#storage = undefined
  }

  get #rows(): RowStorage<BufferedRecord>['rows'] {
    const { rows } = this.#storage ?? this.refuse()
    if (!this.#isKnown) this.#learn(rows)
    return rows
  }

  /** Sequence numbers go on where they were, so that no new record takes the place of one that waits. */
  #learn(rows: RowStorage<BufferedRecord>['rows']): void {
    this.#isKnown = true
    this.#streamTime = -1
    this.#sequence = 0
    this.#upcoming = new UpcomingKeys()
    for (const cursor = rows.range('', undefined, false); cursor.next(); ) {
      this.#streamTime = timeOf(cursor.key)
      this.#sequence = Math.max(this.#sequence, sequenceOf(cursor.key))
    }
  }

  /** Holds the current record; false when it is too late to be held. */
  put(key: K, value: V, timestamp: number): boolean {
    const rows = this.#rows
    if (this.#streamTime - this.#graceMs > timestamp) return false
    this.#sequence = this.#sequence === MAX_SEQUENCE ? 0 : this.#sequence + 1
    const composed = composeKey(timestamp, this.storeKey(key), this.#sequence)
    const row: BufferedRecord = { value: this.#encode(value), context: this.#context.saveRecordContext!()! }
    rows.put(composed, row)
    if (this.#changelog !== undefined) bufferedRecords.log(this.#changelog, composed, row, NO_TIMESTAMP)
    this.#streamTime = Math.max(this.#streamTime, timestamp)
    this.#upcoming.added(composed)
    return true
  }

  /** Emits, in their order, all records that are older than stream time by the grace period or more. */
  emitDue(emit: EmitRecord<K, V>): void {
    const rows = this.#rows
    const upcoming = this.#upcoming
    const dueTime = this.#streamTime - this.#graceMs
    let key = upcoming.first(rows)
    if (key === undefined || timeOf(key) > dueTime) return
    const context = this.#context
    const current = context.saveRecordContext!()
    try {
      for (; key !== undefined && timeOf(key) <= dueTime; key = upcoming.first(rows)) {
        this.#emit(key, rows.get(key)!, emit)
        rows.delete(key)
        upcoming.removedFirst()
        this.#changelog?.append(key, undefined, NO_TIMESTAMP)
      }
    } finally {
      context.restoreRecordContext!(current)
    }
  }

  #emit(composed: string, { value, context }: BufferedRecord, emit: EmitRecord<K, V>): void {
    this.#context.restoreRecordContext!(context)
    emit(this.decodeKey(keyOfComposed(composed)), this.#decode(value), context.timestamp, context.headers)
  }
}
