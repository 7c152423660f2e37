import type { Processor, ProcessorContext } from '../../../topology/api.ts'
import { Record } from '../../../topology/api.ts'
import type { ValueMapper } from '../../functions.ts'
import type { Change } from '../processors/change.ts'
import type { DslContext } from '../processors/context.ts'
import { dslContext } from '../processors/context.ts'
import type { JoinSerdes } from './join-serdes.ts'
import type { Hash128 } from './murmur3.ts'
import { Instruction, Subscription } from './subscription.ts'

type Serdes<K, V, KO> = Pick<JoinSerdes<K, V, KO, never>, 'start' | 'hashOf' | 'foreignKeyString'>

/** On the left: turns updates of rows into subscriptions to the right rows that their foreign keys name. */
export class SubscribeProcessor<K, V, KO> implements Processor<K, Change<V>, KO | undefined, Subscription<K>> {
  readonly #extractor: ValueMapper<K, V, KO | undefined>
  readonly #serdes: Serdes<K, V, KO>
  readonly #answerAlways: boolean
  #context!: DslContext

  /** `answerAlways`: each row that there is gets an answer; otherwise those that have a partner or may have had one. */
  constructor(extractor: ValueMapper<K, V, KO | undefined>, serdes: Serdes<K, V, KO>, answerAlways: boolean) {
    this.#extractor = extractor
    this.#serdes = serdes
    this.#answerAlways = answerAlways
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#serdes.start(context)
  }

  process(record: Record<K, Change<V>>): void {
    const { newValue, oldValue, isLatest } = record.value
    if (!isLatest) {
      this.#context.recordDropped('an update that is older than the latest version of its row')
      return
    }
    const oldKey = this.#foreignKey(record.key, oldValue)
    const newKey = this.#foreignKey(record.key, newValue)
    if (this.#answerAlways) this.#subscribeAlways(record, newKey, oldKey)
    else this.#subscribeForPartner(record, newKey, oldKey)
  }

  #foreignKey(key: K, value: V | undefined): KO | undefined {
    return value === undefined ? undefined : (this.#extractor(value, key) ?? undefined)
  }

  #hashOf(value: V | undefined): Hash128 | undefined {
    return value === undefined ? undefined : this.#serdes.hashOf(value)
  }

  /** Every row that there is gets an answer, also one without a foreign key. */
  #subscribeAlways(record: Record<K, Change<V>>, newKey: KO | undefined, oldKey: KO | undefined): void {
    const { newValue, oldValue } = record.value
    if (newValue === undefined && oldValue === undefined) return
    const hash = this.#hashOf(newValue)
    if (oldKey !== undefined && !this.#sameKey(newKey, oldKey)) this.#subscribe(record, oldKey, Instruction.deleteKey, hash)
    this.#subscribe(record, newKey, Instruction.answerAlways, hash)
  }

  #subscribeForPartner(record: Record<K, Change<V>>, newKey: KO | undefined, oldKey: KO | undefined): void {
    const { newValue } = record.value
    if (newKey === undefined) {
      if (newValue !== undefined) this.#context.recordDropped('undefined foreign key')
      if (oldKey !== undefined) this.#subscribe(record, oldKey, Instruction.deleteKeyAndAnswer, this.#hashOf(newValue))
      return
    }
    const hash = this.#hashOf(newValue)
    // Where the row may have been joined before, the answer that there is no partner now matters too.
    const mayHaveBeenJoined = oldKey !== undefined && !this.#sameKey(newKey, oldKey)
    if (mayHaveBeenJoined) this.#subscribe(record, oldKey, Instruction.deleteKey, hash)
    this.#subscribe(record, newKey, mayHaveBeenJoined ? Instruction.answerAlways : Instruction.answerIfJoined, hash)
  }

  /** By bytes, since two objects may stand for one key. */
  #sameKey(newKey: KO | undefined, oldKey: KO): boolean {
    if (newKey === oldKey) return true
    return newKey !== undefined && this.#serdes.foreignKeyString(newKey) === this.#serdes.foreignKeyString(oldKey)
  }

  #subscribe(record: Record<K, Change<V>>, foreignKey: KO | undefined, instruction: number, hash: Hash128 | undefined): void {
    const context = this.#context
    const subscription = new Subscription(instruction, hash, record.key, context.taskId.partition)
    context.forward(new Record(foreignKey, subscription, record.timestamp, record.headers))
  }
}
