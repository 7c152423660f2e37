import type { FastifyInstance, FastifyReply } from 'fastify'
import { fastify } from 'fastify'
import type { HostInfo, KafkaStreams } from '../index.ts'
import { sameHost } from '../query/index.ts'
import { StreamsError } from '../core/errors.ts'
import { prometheusText } from '../metrics/prometheus.ts'
import { swagger } from './openapi.ts'
import { LOCAL_PARTS_PATH, partsOfPeer } from './peers.ts'
import { errorSchema, healthSchema, instancesSchema } from './schemas.ts'
import type { StateView } from './state-view.ts'

/** What the server asks of the running client. */
export type QueriedStreams = Pick<KafkaStreams, 'state' | 'metrics' | 'streamsMetadataForStore' | 'metadataForAllStreamsClients'>

/** What is served. */
export interface ServedState<Part, Value> {
  readonly streams: QueriedStreams
  readonly view: StateView<Part, Value>
  /** Where other instances reach this one; it is how they know it in the group. */
  readonly self: HostInfo
}

export interface StateServerOptions<Part, Value> {
  /**
   * Makes what is served, when the server listens: then the port is known, and nothing is started for an instance whose port is
   * taken.
   */
  readonly serve: (port: number) => ServedState<Part, Value>
  /** @default '127.0.0.1' */
  readonly host?: string | undefined
  /** 0: any free port. */
  readonly port: number
  /** JSON schema of a value, for the OpenAPI document and the answers. */
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

/** The server listens, but the application behind it is not made yet. */
class NotStartedError extends StreamsError {
  constructor() {
    super('MILLRACE_HTTP_NOT_STARTED', 'the application is just being started; try again soon')
  }
}

/** The port is taken, or the host is none of this machine. */
export class ListenError extends StreamsError {
  constructor(host: string, port: number, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'EADDRINUSE' ? 'another program listens there; stop it or choose another port' : message
    super('MILLRACE_HTTP_LISTEN_FAILED', `cannot listen on ${host}:${port}: ${why}`, { cause })
  }
}

/** Codes of errors that pass: the state is somewhere, but not to be had at this moment. */
const passing = new Set([
  'MILLRACE_STORE_INVALID',
  'MILLRACE_QUERY_PEER_UNAVAILABLE',
  'MILLRACE_QUERY_NOT_ASSIGNED',
  'MILLRACE_CLIENT_NOT_RUNNING',
  'MILLRACE_HTTP_NOT_STARTED',
])

const isUnavailable = (error: unknown): boolean => error instanceof StreamsError && passing.has(error.code)

/**
 * Serves an application's state over HTTP: `/state/value`, `/state/value/<dataType>`, `/state/instances`, `/healthz`,
 * `/readyz`, `/metrics` for Prometheus, and the OpenAPI document at `/openapi.json`. Any instance answers for the whole application.
 * @throws {ListenError} when it cannot listen
 */
export const startStateServer = async <Part, Value>(options: StateServerOptions<Part, Value>): Promise<StateServer> => {
  const { valueSchema, host = '127.0.0.1' } = options
  const app = fastify({ logger: false, forceCloseConnections: true })
  let made: ServedState<Part, Value> | undefined
  const served = (): ServedState<Part, Value> => {
    if (!made) throw new NotStartedError()
    return made
  }
  await swagger(app)
  answerErrors(app)
  addStateRoutes(app, served, valueSchema)
  addHealthRoutes(app, () => made?.streams.state ?? 'CREATED')
  addMetricsRoute(app, served)
  app.get('/openapi.json', { schema: { hide: true } as object }, async () => app.swagger())

  try {
    await app.listen({ host, port: options.port })
  } catch (error) {
    await app.close()
    throw new ListenError(host, options.port, error)
  }
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  try {
    made = options.serve(port)
  } catch (error) {
    await app.close()
    throw error
  }
  return { port, app, close: () => app.close() }
}

const answerErrors = (app: FastifyInstance): void => {
  app.setErrorHandler((error: unknown, _request, reply) => {
    const unavailable = isUnavailable(error)
    const status = unavailable ? 503 : ((error as { statusCode?: number }).statusCode ?? 500)
    if (unavailable) void reply.header('retry-after', '1')
    return reply.status(status).send(toError(error))
  })
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send({ code: 'MILLRACE_HTTP_NOT_FOUND', message: `there is no ${request.method} ${request.url}; see /openapi.json` }),
  )
}

const addStateRoutes = <Part, Value>(app: FastifyInstance, served: () => ServedState<Part, Value>, valueSchema: object): void => {
  const allParts = async ({ streams, view, self }: ServedState<Part, Value>): Promise<Part[]> => {
    const holders = streams.streamsMetadataForStore(view.storeName).filter((each) => each.stateStoreNames.has(view.storeName))
    if (holders.length === 0) throw new NotAssignedError(view.storeName, streams.state)
    const parts = await Promise.all(holders.map(({ host }) => (sameHost(host, self) ? view.local() : partsOfPeer<Part>(host))))
    return parts.flat()
  }
  const unavailable = { description: 'the state cannot be had now; try again', ...errorSchema }
  const unknown = { description: 'no such data type', ...errorSchema }
  app.get('/state/value', { schema: schema('The state of the application', valueSchema, { 503: unavailable }) }, async () =>
    served().view.combine(await allParts(served())),
  )
  app.get<{ Params: { dataType: string } }>(
    '/state/value/:dataType',
    { schema: { ...schema('The state for one data type', valueSchema, { 404: unknown, 503: unavailable }), params: dataTypeSchema } },
    async (request, reply) => {
      const { dataType } = request.params
      const value = served().view.combineFor(dataType, await allParts(served()))
      return value ?? reply.status(404).send({ code: 'MILLRACE_QUERY_UNKNOWN_TYPE', message: `nothing is known of data type '${dataType}'` })
    },
  )
  app.get(LOCAL_PARTS_PATH, { schema: { hide: true } as object }, async () => served().view.local())
  app.get('/state/instances', { schema: schema('All instances of the application', instancesSchema, { 503: unavailable }) }, async () =>
    served()
      .streams.metadataForAllStreamsClients()
      .map((client) => ({ host: client.host.host, port: client.host.port, storeNames: [...client.stateStoreNames].sort() })),
  )
}

const addHealthRoutes = (app: FastifyInstance, state: () => string): void => {
  const health = (reply: FastifyReply, good: boolean) => reply.status(good ? 200 : 503).send({ state: state() })
  const unhealthy = { 503: { description: 'not so', ...healthSchema } }
  app.get('/healthz', { schema: schema('Whether the process works', healthSchema, unhealthy) }, async (_request, reply) =>
    health(reply, !['ERROR', 'PENDING_ERROR', 'NOT_RUNNING'].includes(state())),
  )
  app.get('/readyz', { schema: schema('Whether it can answer: false while restoring or rebalancing', healthSchema, unhealthy) }, async (_request, reply) =>
    health(reply, state() === 'RUNNING'),
  )
}

/** What Prometheus scrapes; text, not JSON. */
const addMetricsRoute = (app: FastifyInstance, served: () => { readonly streams: QueriedStreams }): void => {
  app.get('/metrics', { schema: { hide: true } as object }, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(prometheusText(served().streams.metrics())),
  )
}

const dataTypeSchema = {
  type: 'object',
  properties: { dataType: { type: 'string', description: 'such as wine' } },
  required: ['dataType'],
} as const

const schema = (summary: string, ok: object, others: Readonly<Record<number, object>> = {}) =>
  ({ summary, response: { 200: { description: 'OK', ...ok }, ...others } }) as object

const toError = (error: unknown): { code: string; message: string } => ({
  code: error instanceof StreamsError ? error.code : ((error as { code?: string }).code ?? 'MILLRACE_HTTP_FAILED'),
  message: error instanceof Error ? error.message : String(error),
})
