import { errorCodes } from '../../protocol/error-table.ts'
import type { AnyHandler, AnyRequest, AnyResponse, RequestContext } from '../handlers/handler.ts'

type Json = Readonly<Record<string, unknown>>

/** Where a request and its response have their topics and partitions. */
interface Shape {
  readonly topics: string
  /** The topic's name; where it is empty there is `topicId`. */
  readonly name: string
  readonly partitions: string
  readonly index: string
  readonly answers: string
}

const FETCH = 1

const shapes: ReadonlyMap<number, Shape> = new Map([
  [0, { topics: 'topicData', name: 'name', partitions: 'partitionData', index: 'index', answers: 'responses' }],
  [FETCH, { topics: 'topics', name: 'topic', partitions: 'partitions', index: 'partition', answers: 'responses' }],
  [2, { topics: 'topics', name: 'name', partitions: 'partitions', index: 'partitionIndex', answers: 'topics' }],
  [8, { topics: 'topics', name: 'name', partitions: 'partitions', index: 'partitionIndex', answers: 'topics' }],
  [21, { topics: 'topics', name: 'name', partitions: 'partitions', index: 'partitionIndex', answers: 'topics' }],
  [23, { topics: 'topics', name: 'topic', partitions: 'partitions', index: 'partition', answers: 'topics' }],
  [28, { topics: 'topics', name: 'name', partitions: 'partitions', index: 'partitionIndex', answers: 'topics' }],
])

/** The request with those partitions alone that belong in it, and without the topics that have none left. */
const withOnly = (request: Json, { topics, partitions }: Shape, belongs: (topic: Json, partition: Json) => boolean): Json => ({
  ...request,
  [topics]: (request[topics] as readonly Json[]).flatMap((topic) => {
    const left = (topic[partitions] as readonly Json[]).filter((partition) => belongs(topic, partition))
    return left.length === 0 ? [] : [{ ...topic, [partitions]: left }]
  }),
})

/**
 * Handles a request but for the partitions that get an error. A fetch that goes on with a session is told that there is none,
 * and none is begun: what it does not say again could not be refused.
 */
export const handlePartly = async (errorFor: (topic: string, partition: number) => number | undefined, handler: AnyHandler, request: AnyRequest, context: RequestContext): Promise<AnyResponse | undefined> => {
  const shape = shapes.get(handler.api.key)
  if (shape === undefined) return handler.handle(request, context)
  let whole = request as Json
  if (handler.api.key === FETCH) {
    if ((whole.sessionEpoch as number) > 0) return { errorCode: errorCodes.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0, responses: [] } as AnyResponse
    whole = { ...whole, sessionEpoch: -1 }
  }
  const codeOf = (topic: Json, partition: Json): number | undefined => {
    const name = (topic[shape.name] as string) || context.broker.topics.byId(topic.topicId as string)?.name
    return name === undefined ? undefined : errorFor(name, partition[shape.index] as number)
  }
  const codes = new Set<number>()
  const kept = withOnly(whole, shape, (topic, partition) => {
    const code = codeOf(topic, partition)
    if (code !== undefined) codes.add(code)
    return code === undefined
  })
  if (codes.size === 0) return handler.handle(whole as AnyRequest, context)
  // Errors are told at once, whatever else a fetch waits for.
  const answer = await handler.handle((handler.api.key === FETCH ? { ...kept, maxWaitMs: 0 } : kept) as AnyRequest, context)
  if (answer === undefined) return undefined
  const refused = [...codes].flatMap((code) => {
    const part = withOnly(whole, shape, (topic, partition) => codeOf(topic, partition) === code)
    return (handler.fail(part as AnyRequest, code) as Json)[shape.answers] as readonly Json[]
  })
  return { ...(answer as Json), [shape.answers]: [...((answer as Json)[shape.answers] as readonly Json[]), ...refused] } as AnyResponse
}
