import { deleteTopics } from '../../protocol/messages/20-delete-topics.ts'
import type { RequestOf, ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { TopicRegistry } from '../topics/topic-registry.ts'
import type { Topic } from '../topics/topic.ts'
import { NO_TOPIC_ID } from './03-metadata.ts'
import { handler } from './handler.ts'

type Answer = ResponseInput<typeof deleteTopics>['responses'][number]

interface Wanted {
  readonly name: string | undefined
  readonly topicId: string
}

const NOT_HERE = 'This server does not host this topic-partition.'

/** What a request names, whichever way its version does. */
const wanted = (request: RequestOf<typeof deleteTopics>): Wanted[] => [...request.topics, ...request.topicNames.map((name) => ({ name, topicId: NO_TOPIC_ID }))]

const invalid = ({ name, topicId }: Wanted, errorMessage: string): Answer => ({ name, topicId, errorCode: errorCodes.INVALID_REQUEST, errorMessage })

/** Sorts out what to delete, each topic named once and one way, and what is answered for the rest. */
const sorted = (all: readonly Wanted[], topics: TopicRegistry): { found: Topic[]; refused: Answer[] } => {
  const found = new Map<string, Topic>()
  const refused: Answer[] = []
  for (const one of new Map(all.map((each) => [`${each.name ?? ''} ${each.topicId}`, each])).values()) {
    const { name, topicId } = one
    const isTwice = all.filter((other) => other.name === name && other.topicId === topicId).length > 1
    const topic = name === undefined ? topics.byId(topicId) : topics.get(name)
    if (name === undefined && topicId === NO_TOPIC_ID) refused.push(invalid(one, 'Neither topic name nor id were specified.'))
    else if (name !== undefined && topicId !== NO_TOPIC_ID) refused.push(invalid(one, 'You may not specify both topic name and topic id.'))
    else if (isTwice) refused.push(invalid(one, `Duplicate topic ${name === undefined ? 'id' : 'name'}.`))
    else if (topic === undefined) refused.push({ name, topicId, errorCode: name === undefined ? errorCodes.UNKNOWN_TOPIC_ID : errorCodes.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: NOT_HERE })
    else if (found.delete(topic.id)) refused.push(invalid({ name: topic.name, topicId: topic.id }, 'The provided topic name maps to an ID that was already supplied.'))
    else found.set(topic.id, topic)
  }
  return { found: [...found.values()], refused }
}

export const deleteTopicsHandler = handler<typeof deleteTopics>({
  api: deleteTopics,
  handle: (request, { broker }) => {
    const { topics, groups, journal } = broker
    const { found, refused } = sorted(wanted(request), topics)
    for (const topic of found) {
      topics.delete(topic)
      groups.offsets.deleteTopic(topic.name)
      groups.pendingOffsets.deleteTopic(topic.name)
      groups.shares.deleteTopic(topic.id)
    }
    const answer = { responses: [...refused, ...found.map(({ name, id }) => ({ name, topicId: id, errorCode: errorCodes.NONE }))] }
    return journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (request, errorCode) => ({ responses: wanted(request).map(({ name, topicId }) => ({ name, topicId, errorCode })) }),
})
