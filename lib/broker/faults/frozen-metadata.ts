import { errorCodes } from '../../protocol/error-table.ts'
import type { metadata } from '../../protocol/messages/03-metadata.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import type { NodeAddress } from '../handlers/handler.ts'

type Answer = ResponseInput<typeof metadata>
type TopicAnswer = Answer['topics'][number]

/** What brokers told of topics and of each other at some time, and go on telling: metadata that is out of date. */
export class FrozenMetadata {
  readonly #topics: ReadonlyMap<string | undefined, TopicAnswer>
  readonly #nodeIds: readonly number[]
  readonly #controllerId: number

  constructor(topics: readonly TopicAnswer[], nodeIds: readonly number[], controllerId: number) {
    this.#topics = new Map(topics.map((topic) => [topic.name, topic]))
    this.#nodeIds = [...nodeIds]
    this.#controllerId = controllerId
  }

  /** The answer as it would have been then. */
  answer(request: RequestOf<typeof metadata>, now: Answer, addressOf: (nodeId: number) => NodeAddress): Answer {
    const topics = request.topics === undefined ? [...this.#topics.values()] : now.topics.map((topic) => this.#then(topic))
    return { ...now, topics, brokers: this.#nodeIds.map((nodeId) => ({ nodeId, ...addressOf(nodeId) })), controllerId: this.#controllerId }
  }

  #then(topic: TopicAnswer): TopicAnswer {
    const then = this.#topics.get(topic.name)
    if (then !== undefined) return { ...topic, ...then }
    return topic.errorCode === errorCodes.NONE ? { ...topic, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] } : topic
  }
}
