import { StreamsError } from '../../../lib/core/errors.ts'
import type { Headers } from '../../../lib/core/headers.ts'
import type { SuppressionBuffer } from '../../../stores/internals/buffer/suppression-buffer.ts'
import type { ProcessingContext, Processor, ProcessorContext, ValueAndTimestamp } from '../../../topology/api.ts'
import { Record } from '../../../topology/api.ts'
import { Change } from './change.ts'
import { dslContext } from './context.ts'
import type { NodeMetric, NodeSensor } from './context.ts'
import { requireSerdes } from './serdes.ts'
import type { TableProcessorSupplier, TableView, ValueGetter, ValueGetterSupplier } from './table.ts'

/** What the graph and the user say of a suppression. */
export interface Suppression<K> {
  readonly nodeName: string
  readonly storeName: string
  /** ms of stream time between the time of an update and its turn. */
  readonly waitMs: number
  /** The time that counts for an update. */
  timeOf(key: K, recordTimestamp: number): number
  readonly maxRecords: number
  readonly maxBytes: number
  readonly shutsDownWhenFull: boolean
  /** A key that appeared and went within the time of waiting need not be deleted downstream: true for windows that have closed. */
  readonly dropsDeletes: boolean
  /** Which serdes the table lacks, so that there have to be default ones. */
  readonly lacks: { readonly key: boolean; readonly value: boolean }
}

const EMITTED: readonly NodeMetric[] = [
  ['suppression-emit-rate', 'occurrences', 'The average number of emitted records from the suppression buffer per second'],
  ['suppression-emit-total', 'count', 'The total number of emitted records from the suppression buffer'],
]

/** The row of an update that waits came from nowhere that is known. */
const UNKNOWN_TIMESTAMP = -1

/** A table that changes later than the one above it: it has no rows of its own but those that it still holds back. */
export class SuppressedTable<K, V> implements TableProcessorSupplier<K, Change<V>, K, V> {
  readonly #parent: TableView<K, V>
  readonly #suppression: Suppression<K>

  constructor(parent: TableView<K, V>, suppression: Suppression<K>) {
    this.#parent = parent
    this.#suppression = suppression
    // A lookup in this table answers with the row before the updates that wait.
    parent.enableSendingOldValues(true)
  }

  get(): Processor<K, Change<V>, K, Change<V>> {
    return new SuppressProcessor(this.#suppression)
  }

  view(): ValueGetterSupplier<K, V> {
    const parent = this.#parent.valueGetterSupplier()
    const { storeName } = this.#suppression
    return { get: () => new SuppressedValueGetter(parent.get(), storeName), storeNames: [storeName, ...parent.storeNames] }
  }

  enableSendingOldValues(forceMaterialization: boolean): boolean {
    return this.#parent.enableSendingOldValues(forceMaterialization)
  }
}

class SuppressProcessor<K, V> implements Processor<K, Change<V>> {
  readonly #suppression: Suppression<K>
  #context!: ProcessorContext
  #emitted!: NodeSensor
  #buffer!: SuppressionBuffer<K, V>
  #streamTime = -1
  /** Updates up to this time have had theirs. */
  #dueTime = -Infinity

  constructor(suppression: Suppression<K>) {
    this.#suppression = suppression
  }

  init(context: ProcessorContext): void {
    this.#context = context
    requireSerdes(context, this.#suppression.lacks)
    this.#emitted = dslContext(context).nodeSensor(EMITTED)
    this.#buffer = context.getStateStore<SuppressionBuffer<K, V>>(this.#suppression.storeName)
  }

  process(record: Record<K, Change<V>>): void {
    const { key, value: change, timestamp } = record
    const { waitMs, shutsDownWhenFull } = this.#suppression
    const buffer = this.#buffer
    if (timestamp > this.#streamTime) {
      this.#streamTime = timestamp
      this.#dueTime = timestamp - waitMs
    }
    buffer.put(this.#suppression.timeOf(key, timestamp), key, change.newValue, change.oldValue)
    if (buffer.minTime <= this.#dueTime) buffer.emitUntil(this.#dueTime, this.#emit)
    if (!this.#isOver()) return
    if (shutsDownWhenFull) throw this.#overflow()
    buffer.emitWhile(this.#isOver, this.#emit)
  }

  readonly #isOver = (): boolean => {
    const { maxRecords, maxBytes } = this.#suppression
    // Without a limit the bytes need not be counted.
    return this.#buffer.count > maxRecords || (maxBytes !== Infinity && this.#buffer.byteSize > maxBytes)
  }

  readonly #emit = (key: K, newValue: V | undefined, oldValue: V | undefined, timestamp: number, headers: Headers): void => {
    if (newValue === undefined && this.#suppression.dropsDeletes) return
    this.#context.forward(new Record(key, new Change(newValue, oldValue, true), timestamp, headers))
    if (this.#emitted.isRecording) this.#emitted.record()
  }

  #overflow(): StreamsError {
    const { nodeName, maxRecords, maxBytes } = this.#suppression
    const { count, byteSize } = this.#buffer
    return new StreamsError(
      'MILLRACE_SUPPRESS_BUFFER_FULL',
      `${nodeName} buffer exceeded its max capacity. Currently [${count}/${shown(maxRecords)}] records and [${byteSize}/${shown(maxBytes)}] bytes.`,
    )
  }
}

/** No limit is Java's largest number. */
const shown = (limit: number): string => (limit === Infinity ? '9223372036854775807' : String(limit))

class SuppressedValueGetter<K, V> implements ValueGetter<K, V> {
  readonly #parent: ValueGetter<K, V>
  readonly #storeName: string
  #buffer!: SuppressionBuffer<K, V>

  constructor(parent: ValueGetter<K, V>, storeName: string) {
    this.#parent = parent
    this.#storeName = storeName
  }

  init(context: ProcessingContext): void {
    this.#parent.init(context)
    this.#buffer = context.getStateStore<SuppressionBuffer<K, V>>(this.#storeName)
  }

  get(key: K): ValueAndTimestamp<V> | undefined {
    const waiting = this.#buffer.priorOf(key)
    if (waiting === undefined) return this.#parent.get(key)
    return waiting.value === undefined ? undefined : { value: waiting.value, timestamp: UNKNOWN_TIMESTAMP }
  }
}
