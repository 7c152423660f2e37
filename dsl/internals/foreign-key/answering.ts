import type { Processor, ProcessorContext } from '../../../topology/api.ts'
import { Record } from '../../../topology/api.ts'
import type { Change } from '../processors/change.ts'
import type { DslContext } from '../processors/context.ts'
import { dslContext } from '../processors/context.ts'
import type { ValueGetter } from '../processors/table.ts'
import { Answer } from './answer.ts'
import type { JoinSerdes } from './join-serdes.ts'
import type { Subscription } from './subscription.ts'
import { Instruction } from './subscription.ts'
import type { SubscriptionStore } from './subscription-store.ts'

/** On the right: remembers and forgets subscriptions. */
export class ReceiveProcessor<K, KO> implements Processor<KO | undefined, Subscription<K>, KO | undefined, Subscription<K>> {
  readonly #serdes: Pick<JoinSerdes<K, never, KO, never>, 'start' | 'foreignKeyString' | 'keyString'>
  readonly #storeName: string
  #context!: DslContext
  #store!: SubscriptionStore<K>

  constructor(serdes: Pick<JoinSerdes<K, never, KO, never>, 'start' | 'foreignKeyString' | 'keyString'>, storeName: string) {
    this.#serdes = serdes
    this.#storeName = storeName
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#serdes.start(context)
    this.#store = context.getStateStore<SubscriptionStore<K>>(this.#storeName)
  }

  process(record: Record<KO | undefined, Subscription<K>>): void {
    const { key, value } = record
    if (key !== undefined) this.#remember(key, value)
    else if (value.instruction !== Instruction.answerAlways) {
      this.#context.recordDropped('undefined foreign key')
      return
    }
    this.#context.forward(record)
  }

  #remember(foreignKey: KO, subscription: Subscription<K>): void {
    const { instruction, primaryKey } = subscription
    const group = this.#serdes.foreignKeyString(foreignKey)
    const member = this.#serdes.keyString(primaryKey)
    if (instruction === Instruction.deleteKey || instruction === Instruction.deleteKeyAndAnswer) this.#store.delete(group, member)
    else this.#store.put(group, member, subscription)
  }
}

/** On the right: answers a subscription with the row as it is now. */
export class AnswerProcessor<K, KO, VO> implements Processor<KO | undefined, Subscription<K>, K, Answer<VO>> {
  readonly #rightRows: ValueGetter<KO, VO>
  #context!: DslContext

  constructor(rightRows: ValueGetter<KO, VO>) {
    this.#rightRows = rightRows
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#rightRows.init(context)
  }

  process(record: Record<KO | undefined, Subscription<K>>): void {
    const { instruction, hash, primaryKey, primaryPartition } = record.value
    if (instruction === Instruction.deleteKey) return
    const row = record.key === undefined ? undefined : this.#rightRows.get(record.key)
    if (row === undefined && instruction === Instruction.answerIfJoined) return
    const value = instruction === Instruction.deleteKeyAndAnswer ? undefined : row?.value
    const timestamp = row === undefined ? record.timestamp : Math.max(record.timestamp, row.timestamp)
    this.#context.forward(new Record(primaryKey, new Answer(hash, value, primaryPartition), timestamp, record.headers))
  }
}

/** On the right: tells every subscriber of a row that it has changed. */
export class NotifyProcessor<K, KO, VO> implements Processor<KO, Change<VO>, K, Answer<VO>> {
  readonly #serdes: Pick<JoinSerdes<never, never, KO, VO>, 'start' | 'foreignKeyString'>
  readonly #storeName: string
  #context!: DslContext
  #store!: SubscriptionStore<K>

  constructor(serdes: Pick<JoinSerdes<never, never, KO, VO>, 'start' | 'foreignKeyString'>, storeName: string) {
    this.#serdes = serdes
    this.#storeName = storeName
  }

  init(context: ProcessorContext): void {
    this.#context = dslContext(context)
    this.#serdes.start(context)
    this.#store = context.getStateStore<SubscriptionStore<K>>(this.#storeName)
  }

  process(record: Record<KO, Change<VO>>): void {
    const { key, value: change, timestamp, headers } = record
    if (key === undefined || !change.isLatest) {
      this.#context.recordDropped(key === undefined ? 'null key' : 'an update that is older than the latest version of its row')
      return
    }
    this.#store.visit(this.#serdes.foreignKeyString(key), ({ hash, primaryKey, primaryPartition }) => {
      this.#context.forward(new Record(primaryKey, new Answer(hash, change.newValue, primaryPartition), timestamp, headers))
    })
  }
}
