import { createTopics } from '../../protocol/messages/19-create-topics.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { BrokerState } from '../broker-state.ts'
import { topicSettings } from '../config/topic-settings.ts'
import { checkTopicWish, whyTooMany } from '../topics/topic-creation.ts'
import { newTopicId } from '../topics/topic-registry.ts'
import { handler } from './handler.ts'

type TopicWish = RequestOf<typeof createTopics>['topics'][number]
type TopicAnswer = ResponseInput<typeof createTopics>['topics'][number]

const failed = (name: string, errorCode: number, errorMessage?: string): TopicAnswer => ({ name, errorCode, errorMessage, configs: [] })

const create = (wish: TopicWish, validateOnly: boolean, broker: BrokerState): TopicAnswer => {
  const checked = checkTopicWish(wish, broker)
  if ('error' in checked) return failed(wish.name, checked.error, checked.message)
  const { assignment, configs } = checked
  const topicId = validateOnly ? newTopicId() : broker.topics.create(wish.name, assignment, configs).id
  return {
    name: wish.name,
    topicId,
    errorCode: errorCodes.NONE,
    numPartitions: assignment.length,
    replicationFactor: assignment[0]!.length,
    configs: [...topicSettings.keys()].map((name) => {
      const { value, source } = broker.config.topic(configs, name)
      return { name, value, readOnly: false, configSource: source, isSensitive: false }
    }),
  }
}

export const createTopicsHandler = handler<typeof createTopics>({
  api: createTopics,
  handle: (request, { broker }) => {
    const wanted = request.topics.reduce((sum, { numPartitions, assignments }) => sum + Math.max(1, numPartitions, assignments.length), 0)
    const tooMany = whyTooMany(wanted)
    if (tooMany !== undefined) return { topics: request.topics.map(({ name }) => failed(name, tooMany.error, tooMany.message)) }
    const names = request.topics.map(({ name }) => name)
    const twice = new Set(names.filter((name, i) => names.indexOf(name) !== i))
    const wishes = request.topics.filter(({ name }, i) => names.indexOf(name) === i)
    const answer = {
      topics: wishes.map((wish) => (twice.has(wish.name) ? failed(wish.name, errorCodes.INVALID_REQUEST, 'Duplicate topic name.') : create(wish, request.validateOnly, broker))),
    }
    return broker.journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (request, errorCode) => ({ topics: request.topics.map(({ name }) => failed(name, errorCode)) }),
})
