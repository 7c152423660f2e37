import { StreamsError } from '../../../lib/core/errors.ts'
import { Record } from '../../../topology/api.ts'
import type { Processor, ProcessorContext } from '../../../topology/api.ts'
import type { ForeachAction, KeyValueMapper, Predicate, ValueMapper } from '../../functions.ts'
import type { KeyValue } from '../../kstream.ts'

/** A function of the user's returned nothing where the operator cannot go on without. */
export const noResult = (operator: string, expected: string, key: unknown): StreamsError =>
  new StreamsError('MILLRACE_DSL_NO_RESULT', `The function given to ${operator}() returned undefined for key ${String(key)}; return ${expected}`)

/** Where Java has a message of its own, dead letters show that one; the cause says more. */
const nullResult = (operator: string, expected: string, key: unknown): StreamsError =>
  new StreamsError('MILLRACE_DSL_NO_RESULT', 'The provided KeyValueMapper returned null which is not allowed.', { cause: noResult(operator, expected, key) })

abstract class StatelessProcessor<K, V> implements Processor<K, V> {
  protected context!: ProcessorContext

  init(context: ProcessorContext): void {
    this.context = context
  }

  abstract process(record: Record<K, V>): void
}

export class FilterProcessor<K, V> extends StatelessProcessor<K, V> {
  readonly #predicate: Predicate<K, V>
  readonly #negate: boolean

  constructor(predicate: Predicate<K, V>, negate: boolean) {
    super()
    this.#predicate = predicate
    this.#negate = negate
  }

  process(record: Record<K, V>): void {
    if (this.#negate !== Boolean(this.#predicate(record.key, record.value))) this.context.forward(record)
  }
}

export class SelectKeyProcessor<K, V, KR> extends StatelessProcessor<K, V> {
  readonly #mapper: KeyValueMapper<K, V, KR>

  constructor(mapper: KeyValueMapper<K, V, KR>) {
    super()
    this.#mapper = mapper
  }

  process(record: Record<K, V>): void {
    this.context.forward(record.withKey(this.#mapper(record.key, record.value) ?? undefined))
  }
}

export class MapProcessor<K, V, KR, VR> extends StatelessProcessor<K, V> {
  readonly #mapper: KeyValueMapper<K, V, KeyValue<KR, VR>>

  constructor(mapper: KeyValueMapper<K, V, KeyValue<KR, VR>>) {
    super()
    this.#mapper = mapper
  }

  process(record: Record<K, V>): void {
    const pair = this.#mapper(record.key, record.value)
    if (pair == null) throw nullResult('map', 'a pair [key, value]', record.key)
    this.context.forward(new Record(pair[0] ?? undefined, pair[1] ?? undefined, record.timestamp, record.headers))
  }
}

export class MapValuesProcessor<K, V, VR> extends StatelessProcessor<K, V> {
  readonly #mapper: ValueMapper<K, V, VR>

  constructor(mapper: ValueMapper<K, V, VR>) {
    super()
    this.#mapper = mapper
  }

  process(record: Record<K, V>): void {
    this.context.forward(record.withValue(this.#mapper(record.value, record.key) ?? undefined))
  }
}

export class FlatMapProcessor<K, V, KR, VR> extends StatelessProcessor<K, V> {
  readonly #mapper: KeyValueMapper<K, V, Iterable<KeyValue<KR, VR>>>

  constructor(mapper: KeyValueMapper<K, V, Iterable<KeyValue<KR, VR>>>) {
    super()
    this.#mapper = mapper
  }

  process(record: Record<K, V>): void {
    const pairs = this.#mapper(record.key, record.value)
    if (pairs == null) throw nullResult('flatMap', 'a list of pairs, empty for none', record.key)
    for (const pair of pairs) {
      this.context.forward(new Record(pair[0] ?? undefined, pair[1] ?? undefined, record.timestamp, record.headers))
    }
  }
}

export class FlatMapValuesProcessor<K, V, VR> extends StatelessProcessor<K, V> {
  readonly #mapper: ValueMapper<K, V, Iterable<VR>>

  constructor(mapper: ValueMapper<K, V, Iterable<VR>>) {
    super()
    this.#mapper = mapper
  }

  process(record: Record<K, V>): void {
    const values = this.#mapper(record.value, record.key)
    if (values == null) throw noResult('flatMapValues', 'a list of values, empty for none', record.key)
    for (const value of values) this.context.forward(record.withValue(value ?? undefined))
  }
}

/** `peek` passes records on, `foreach` ends the branch. */
export class ForeachProcessor<K, V> extends StatelessProcessor<K, V> {
  readonly #action: ForeachAction<K, V>
  readonly #passesOn: boolean

  constructor(action: ForeachAction<K, V>, passesOn: boolean) {
    super()
    this.#action = action
    this.#passesOn = passesOn
  }

  process(record: Record<K, V>): void {
    this.#action(record.key, record.value)
    if (this.#passesOn) this.context.forward(record)
  }
}

export class PassThroughProcessor<K, V> extends StatelessProcessor<K, V> {
  process(record: Record<K, V>): void {
    this.context.forward(record)
  }
}

/** Sends each record to the child of the first predicate that is true, else to the default branch, if there is one. */
export class BranchProcessor<K, V> extends StatelessProcessor<K, V> {
  readonly #predicates: readonly Predicate<K, V>[]
  /** One name per predicate, and one more when there is a default branch. */
  readonly #children: readonly string[]

  constructor(predicates: readonly Predicate<K, V>[], children: readonly string[]) {
    super()
    this.#predicates = predicates
    this.#children = children
  }

  process(record: Record<K, V>): void {
    const predicates = this.#predicates
    for (let i = 0; i < predicates.length; i++) {
      if (!predicates[i]?.(record.key, record.value)) continue
      this.context.forward(record, this.#children[i])
      return
    }
    const rest = this.#children[predicates.length]
    if (rest !== undefined) this.context.forward(record, rest)
  }
}
