import type { FastifyInstance, FastifyReply } from 'fastify'
import { fastify } from 'fastify'
import type { HostInfo, KafkaStreams } from '../index.ts'
import { sameHost } from '../query/index.ts'
import { swagger } from './openapi.ts'
import { StreamsError } from '../core/errors.ts'
import { LOCAL_PARTS_PATH, partsOfPeer } from './peers.ts'
import { errorSchema, healthSchema, instancesSchema } from './schemas.ts'
import type { StateView } from './state-view.ts'

export interface StateServerOptions<Part, Value> {
  readonly streams: KafkaStreams
  readonly view: StateView<Part, Value>
  /** @default '127.0.0.1' */
  readonly host?: string
  /** 0: any free port. */
  readonly port: number
  /** Where other instances reach this one; it is how they know it in the group. */
  readonly self: HostInfo
  /** JSON schema of a value, for the OpenAPI document. */
  readonly valueSchema: object
}

/** A listening state server. */
export interface StateServer {
  readonly port: number
  readonly app: FastifyInstance
  close(): Promise<void>
}

/** No instance is known to have the state: the application is starting or between two assignments. */
class NotAssignedError extends StreamsError {
  constructor(storeName: string, state: string) {
    super('MILLRACE_QUERY_NOT_ASSIGNED', `no instance is known to have the store ${storeName} yet (this one is ${state}); try again soon`)
  }
}

/** Codes of errors that pass: the state is somewhere, but not to be had at this moment. */
const passing = new Set([
  'MILLRACE_STORE_INVALID',
  'MILLRACE_QUERY_PEER_UNAVAILABLE',
  'MILLRACE_QUERY_NOT_ASSIGNED',
  'MILLRACE_CLIENT_NOT_RUNNING',
])

const isUnavailable = (error: unknown): boolean => error instanceof StreamsError && passing.has(error.code)

/**
 * Serves an application's state over HTTP: `/state/value`, `/state/value/<dataType>`, `/state/instances`, `/healthz`,
 * `/readyz` and the OpenAPI document at `/openapi.json`. Any instance answers for the whole application.
 */
export const startStateServer = async <Part, Value>(options: StateServerOptions<Part, Value>): Promise<StateServer> => {
  const { streams, view, self, valueSchema, host = '127.0.0.1' } = options
  const app = fastify({ logger: false, forceCloseConnections: true })
  await swagger(app)

  const allParts = async (): Promise<Part[]> => {
    const holders = streams.streamsMetadataForStore(view.storeName).filter((each) => each.stateStoreNames.has(view.storeName))
    if (holders.length === 0) throw new NotAssignedError(view.storeName, streams.state)
    const parts = await Promise.all(holders.map(({ host }) => (sameHost(host, self) ? view.local() : partsOfPeer<Part>(host))))
    return parts.flat()
  }

  app.setErrorHandler((error: unknown, _request, reply) => {
    const unavailable = isUnavailable(error)
    const status = unavailable ? 503 : ((error as { statusCode?: number }).statusCode ?? 500)
    if (unavailable) void reply.header('retry-after', '1')
    return reply.status(status).send(toError(error))
  })
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send({ code: 'MILLRACE_HTTP_NOT_FOUND', message: `there is no ${request.method} ${request.url}; see /openapi.json` }),
  )

  const unavailableResponse = { description: 'the state cannot be had now; try again', ...errorSchema }
  app.get('/state/value', { schema: schema('The state of the application', valueSchema, { 503: unavailableResponse }) }, async () =>
    view.combine(await allParts()),
  )
  app.get<{ Params: { dataType: string } }>(
    '/state/value/:dataType',
    { schema: schema('The state for one data type', valueSchema, { 404: { description: 'no such data type', ...errorSchema }, 503: unavailableResponse }) },
    async (request, reply) => {
      const { dataType } = request.params
      const value = view.combineFor(dataType, await allParts())
      return value ?? reply.status(404).send({ code: 'MILLRACE_QUERY_UNKNOWN_TYPE', message: `nothing is known of data type '${dataType}'` })
    },
  )
  app.get(LOCAL_PARTS_PATH, { schema: { hide: true } as object }, async () => view.local())
  app.get('/state/instances', { schema: schema('All instances of the application', instancesSchema) }, async () =>
    streams.metadataForAllStreamsClients().map((client) => ({
      host: client.host.host,
      port: client.host.port,
      storeNames: [...client.stateStoreNames].sort(),
    })),
  )
  const health = (reply: FastifyReply, good: boolean) => reply.status(good ? 200 : 503).send({ state: streams.state })
  app.get('/healthz', { schema: schema('Whether the process works', healthSchema, { 503: healthSchema }) }, async (_request, reply) =>
    health(reply, !['ERROR', 'PENDING_ERROR', 'NOT_RUNNING'].includes(streams.state)),
  )
  app.get(
    '/readyz',
    { schema: schema('Whether it can answer: false while restoring or rebalancing', healthSchema, { 503: healthSchema }) },
    async (_request, reply) => health(reply, streams.state === 'RUNNING'),
  )
  app.get('/openapi.json', { schema: { hide: true } as object }, async () => app.swagger())

  await app.listen({ host, port: options.port })
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  return { port, app, close: () => app.close() }
}

const schema = (summary: string, ok: object, others: Readonly<Record<number, object>> = {}) =>
  ({ summary, response: { 200: { description: 'OK', ...ok }, ...others } }) as object

const toError = (error: unknown): { code: string; message: string } => ({
  code: error instanceof StreamsError ? error.code : ((error as { code?: string }).code ?? 'MILLRACE_HTTP_FAILED'),
  message: error instanceof Error ? error.message : String(error),
})
