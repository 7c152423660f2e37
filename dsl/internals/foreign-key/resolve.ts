import type { Processor, ProcessorContext, Record } from '../../../topology/api.ts'
import type { ValueJoiner } from '../../functions.ts'
import type { DslContext } from '../processors/context.ts'
import { dslContext } from '../processors/context.ts'
import type { ValueGetter } from '../processors/table.ts'
import type { Answer } from './answer.ts'
import type { JoinSerdes } from './join-serdes.ts'
import { sameHash } from './murmur3.ts'

/**
 * On the left again: joins a row with the answer to its subscription. An answer to a value that the row no longer has is
 * dropped: the one to the present value is on its way.
 */
export class ResolveProcessor<K, V, VO, VR> implements Processor<K, Answer<VO>, K, VR | undefined> {
  readonly #leftRows: ValueGetter<K, V>
  readonly #joiner: ValueJoiner<K, V, VO | undefined, VR>
  readonly #serdes: Pick<JoinSerdes<K, V, never, VO>, 'start' | 'hashOf'>
  readonly #isLeftJoin: boolean
  #context!: DslContext

  constructor(
    leftRows: ValueGetter<K, V>,
    joiner: ValueJoiner<K, V, VO | undefined, VR>,
    serdes: Pick<JoinSerdes<K, V, never, VO>, 'start' | 'hashOf'>,
    isLeftJoin: boolean,
  ) {
    this.#leftRows = leftRows
    this.#joiner = joiner
    this.#serdes = serdes
    this.#isLeftJoin = isLeftJoin
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#serdes.start(context)
    this.#leftRows.init(context)
  }

  process(record: Record<K, Answer<VO>>): void {
    const { key, value: answer } = record
    const row = this.#leftRows.get(key)
    const hash = row === undefined ? undefined : this.#serdes.hashOf(row.value)
    if (!sameHash(hash, answer.hash)) {
      this.#context.recordDropped('an answer to a value that its row no longer has')
      return
    }
    const { foreignValue } = answer
    const isJoined = row !== undefined && (foreignValue !== undefined || this.#isLeftJoin)
    const result = isJoined ? (this.#joiner(row.value, foreignValue, key) ?? undefined) : undefined
    this.#context.forward(record.withValue(result))
  }
}
