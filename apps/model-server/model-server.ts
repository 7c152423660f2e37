import { formatHost, KafkaStreams, parseHost, RestoreProgress } from '../../lib/index.ts'
import type { HostInfo } from '../../lib/index.ts'
import type { StateServer } from '../../lib/http/index.ts'
import { startStateServer } from '../../lib/http/index.ts'
import { createModel, modelContent, wineFields } from '../../lib/models/index.ts'
import { createTopics, kafkaClient, modelsTopicConfig, untilReachable } from '../shared/kafka.ts'
import type { Topics } from '../shared/topics.ts'
import { badRecordHandlers } from './bad-records.ts'
import { LimitedConsole } from './console.ts'
import type { LoadModel } from './model-catalog.ts'
import { ModelCatalog } from './model-catalog.ts'
import type { ScoringOptions } from './scoring-processor.ts'
import { serverLog } from './server-log.ts'
import type { Arrival } from './statistics.ts'
import { compareArrivals } from './statistics.ts'
import { modelStateView, servedModelSchema } from './state-view.ts'
import type { StoreKind } from './topologies.ts'
import { MAX_STATE_BYTES, modelServerTopology } from './topologies.ts'

export interface ModelServerOptions {
  readonly brokers: readonly string[]
  /** How long to wait for a broker to answer, ms. */
  readonly brokerTimeoutMs: number
  readonly store: StoreKind
  readonly topics: Topics
  readonly applicationId: string
  /** Where persistent stores are. */
  readonly stateDir: string
  /** Where the HTTP server listens; port 0 is any free one. */
  readonly host: string
  readonly port: number
  /** How other instances reach this one, `host:port`. Undefined: host and port. */
  readonly applicationServer: string | undefined
  /** Partitions of the topics, where they do not exist yet. */
  readonly partitions: number
  /** Settings of the engine over those of the server, by Kafka's dotted names. */
  readonly config: Readonly<Record<string, string>>
  readonly print: (line: string) => void
}

/** A running model server. */
export interface ModelServer {
  readonly streams: KafkaStreams
  readonly http: StateServer
  /** Resolves when the server has stopped by itself, with what made it fail. */
  readonly failed: Promise<Error>
  close(): Promise<void>
}

/** How long closing may take, ms: what is not done by then is done again by the next instance. */
const CLOSE_TIMEOUT_MS = 2500

/** Starts a model server: queryable state, topics, topology. First of all it listens: a taken port changes nothing on the cluster. */
export const startModelServer = async (options: ModelServerOptions): Promise<ModelServer> => {
  const { store, host, port } = options
  const console = new LimitedConsole(options.print)
  const catalog = new ModelCatalog(loadWineModel, {
    rejected: ({ name, reason }) => console.always(`Model rejected - ${name}: ${reason}`),
    passedOver: (dataType, count) => console.always(`${count} older models for ${dataType} passed over: newer ones came with them`),
  })
  let streams!: KafkaStreams
  const http = await startStateServer({
    host,
    port,
    valueSchema: servedModelSchema,
    serve: (listening) => {
      const self = parseHost(options.applicationServer ?? formatHost({ host, port: listening }))
      streams = makeStreams(options, self, catalog, console)
      return { streams, self, view: modelStateView(streams, store) }
    },
  })
  const failed = new Promise<Error>((resolve) => {
    streams.setStateListener((state) => {
      if (state === 'ERROR') resolve(explained(streams))
    })
  })
  const ticking = setInterval(() => console.tick(), 1000)
  const close = async (): Promise<void> => {
    catalog.close()
    await streams.close({ timeoutMs: CLOSE_TIMEOUT_MS, leaveGroup: true })
    await http.close()
    clearInterval(ticking)
    console.tick()
  }
  try {
    await makeTopics(options)
    await streams.start()
  } catch (error) {
    await close()
    throw error
  }
  return { streams, http, failed, close }
}

const makeTopics = async ({ brokers, brokerTimeoutMs, topics, partitions: numPartitions, print }: ModelServerOptions): Promise<void> => {
  const clientId = 'millrace-model-server'
  await untilReachable(brokers, clientId, brokerTimeoutMs, print)
  await createTopics(kafkaClient(brokers, clientId), [
    { topic: topics.data, numPartitions },
    { topic: topics.models, numPartitions, config: modelsTopicConfig },
    { topic: topics.deadLetters, numPartitions },
    ...(topics.scores === undefined ? [] : [{ topic: topics.scores, numPartitions }]),
  ])
}

const makeStreams = (options: ModelServerOptions, self: HostInfo, catalog: ModelCatalog, console: LimitedConsole): KafkaStreams => {
  const { store, topics } = options
  const topology = modelServerTopology(store, { catalog, console, announce: announcer(console), topics })
  const config = {
    applicationId: options.applicationId,
    bootstrapServers: [...options.brokers],
    stateDir: options.stateDir,
    applicationServer: formatHost(self),
    commitIntervalMs: 1000,
    errorsDeadLetterQueueTopicName: topics.deadLetters,
    ...badRecordHandlers(console, topics.deadLetters),
    consumer: {
      'auto.offset.reset': 'earliest',
      // An instance that is killed is missed after 10 s; one that comes back under the same address takes its place at once.
      'session.timeout.ms': 10_000,
      'group.instance.id': instanceId(self),
    },
    producer: { 'max.request.size': MAX_STATE_BYTES, 'buffer.memory': 2 * MAX_STATE_BYTES },
    ...options.config,
  }
  const streams = new KafkaStreams(topology, config, { logger: serverLog(console) })
  streams.setGlobalStateRestoreListener(new RestoreProgress())
  return streams
}

/** What made it fail, in terms of the server's options where that is what has to change. */
const explained = ({ error, host }: KafkaStreams): Error => {
  if (error === undefined) return new Error('the streams client failed')
  if (!error.message.includes('FENCED_INSTANCE_ID') || !host) return error
  const address = formatHost(host)
  return new Error(`another server that is reached at ${address} has joined the application: give each its own --application-server`, { cause: error })
}

/** Kafka takes letters, digits and `._-` in it. */
const instanceId = (self: HostInfo): string => formatHost(self).replace(/[^A-Za-z0-9._-]+/g, '-')

/** Models are made from wine records; what was referred to is fetched once and kept. */
const loadWineModel: LoadModel = async (descriptor, signal) => {
  const { name, description, dataType, modelType } = descriptor
  const content = await modelContent(descriptor, { signal })
  return { model: createModel({ name, description, dataType, modelType, data: content }, { mapping: wineFields }), content }
}

/** Tells of a model once, when it goes into service in the first of the instance's tasks. */
const announcer = (console: LimitedConsole): ScoringOptions['announce'] => {
  let last: Arrival | undefined
  return ({ stored, model }, entry) => {
    if (last && compareArrivals(stored.arrival, last) <= 0) return
    last = stored.arrival
    const bytes = Buffer.byteLength(stored.descriptor, 'base64')
    const what = entry === 'new' ? 'New model' : 'Model from before the restart'
    console.always(`${what} - ModelToServe(${stored.name}, ${stored.description}, ${model.type}, ${bytes} bytes, ${stored.dataType})`)
  }
}
