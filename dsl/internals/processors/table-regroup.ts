import { isDeepStrictEqual } from 'node:util'
import { StreamsError } from '../../../lib/core/errors.ts'
import { Record } from '../../../topology/api.ts'
import type { Processor, ProcessorContext } from '../../../topology/api.ts'
import type { KeyValueMapper } from '../../functions.ts'
import type { KeyValue } from '../../kstream.ts'
import type { ChangeSerde } from '../changed-serde.ts'
import { Change } from './change.ts'

type Pair<K, V> = KeyValue<K, V> | undefined

const isWhole = <K, V>(pair: Pair<K, V>): pair is KeyValue<K, V> => pair != null && pair[0] != null && pair[1] != null

const sameKey = (a: unknown, b: unknown): boolean => a === b || (typeof a === 'object' && isDeepStrictEqual(a, b))

/**
 * Sends a row's update to the groups it leaves and enters. When they are one group both halves travel in one record, so that
 * the group never sees the row missing.
 */
export class TableRegroupProcessor<K, V, KR, VR> implements Processor<K, Change<V>> {
  readonly #selector: KeyValueMapper<K, V, KeyValue<KR, VR>>
  /** The serde of the records that go out. */
  readonly #change: ChangeSerde<VR>
  #context!: ProcessorContext

  constructor(selector: KeyValueMapper<K, V, KeyValue<KR, VR>>, change: ChangeSerde<VR>) {
    this.#selector = selector
    this.#change = change
  }

  init(context: ProcessorContext): void {
    this.#change.useDefault(context)
    this.#context = context
  }

  process(record: Record<K, Change<V>>): void {
    const { key, value: change } = record
    if (key === undefined) throw nullKey('groupBy() of a table')
    // Groups know nothing of earlier versions of their rows. As in Java this does not count as dropped.
    if (!change.isLatest) return
    const entered = this.#select(key, change.newValue)
    const left = this.#select(key, change.oldValue)
    if (isWhole(left) && isWhole(entered) && sameKey(left[0], entered[0])) {
      this.#forward(record, entered[0], new Change(entered[1], left[1], change.isLatest))
      return
    }
    // The old row first: a group that loses and wins a row should not hold both in between.
    if (isWhole(left)) this.#forward(record, left[0], new Change<VR>(undefined, left[1], change.isLatest))
    if (isWhole(entered)) this.#forward(record, entered[0], new Change<VR>(entered[1], undefined, change.isLatest))
  }

  #select(key: K, value: V | undefined): Pair<KR, VR> {
    return value === undefined ? undefined : this.#selector(key, value)
  }

  #forward(record: Record<K, Change<V>>, key: KR, change: Change<VR>): void {
    this.#context.forward(new Record(key, change, record.timestamp, record.headers))
  }
}

/** A record without a key where keys cannot be missing: something other than this application wrote to its internal topic. */
export const nullKey = (operator: string): StreamsError =>
  new StreamsError('MILLRACE_DSL_NULL_KEY', `Record key for ${operator} should not be null.`)
