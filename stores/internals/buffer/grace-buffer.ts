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
import { composeKey, keyOfComposed, MAX_SEQUENCE, sequenceOf, startOfTime, timeOf } from './time-first-key.ts'

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
  #minTime = Infinity
  #sequence = 0

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

  protected restore(storage: RowStorage<BufferedRecord>, key: string, value: Buffer | undefined): void {
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
    this.#minTime = Infinity
    this.#sequence = 0
    for (const cursor = rows.range('', undefined, false); cursor.next(); ) {
      const time = timeOf(cursor.key)
      this.#minTime = Math.min(this.#minTime, time)
      this.#streamTime = time
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
    this.#minTime = Math.min(this.#minTime, timestamp)
    return true
  }

  /** Emits, in their order, all records that are older than stream time by the grace period or more. */
  emitDue(emit: EmitRecord<K, V>): void {
    const rows = this.#rows
    const dueTime = this.#streamTime - this.#graceMs
    if (this.#minTime > dueTime) return
    const context = this.#context
    const current = context.saveRecordContext!()
    const cursor = rows.range(startOfTime(this.#minTime), undefined, false)
    try {
      let isMore = cursor.next()
      for (; isMore && timeOf(cursor.key) <= dueTime; isMore = cursor.next()) {
        const { key } = cursor
        const row = cursor.row()
        context.restoreRecordContext!(row.context)
        emit(this.decodeKey(keyOfComposed(key)), this.#decode(row.value), row.context.timestamp, row.context.headers)
        rows.delete(key)
        this.#changelog?.append(key, undefined, NO_TIMESTAMP)
      }
      this.#minTime = isMore ? timeOf(cursor.key) : Infinity
    } finally {
      cursor.close()
      context.restoreRecordContext!(current)
    }
  }
}
