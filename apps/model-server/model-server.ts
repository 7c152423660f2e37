import { KafkaStreams, logAndContinue, parseHost } from '../../lib/index.ts'
import type { StateServer } from '../../lib/http/index.ts'
import { startStateServer } from '../../lib/http/index.ts'
import { createModel, modelContent, wineFields } from '../../lib/models/index.ts'
import { createTopics, kafkaClient } from '../shared/kafka.ts'
import { DATA_TOPIC, DEAD_LETTER_TOPIC, MODELS_TOPIC } from '../shared/topics.ts'
import { LimitedConsole } from './console.ts'
import type { LoadModel, ReadyModel } from './model-catalog.ts'
import { ModelCatalog } from './model-catalog.ts'
import type { Arrival } from './statistics.ts'
import { compareArrivals } from './statistics.ts'
import { modelStateView, servedModelSchema } from './state-view.ts'
import type { StoreKind } from './topologies.ts'
import { modelServerTopology } from './topologies.ts'

export interface ModelServerOptions {
  readonly brokers: readonly string[]
  readonly store: StoreKind
  readonly applicationId: string
  /** Where persistent stores are. */
  readonly stateDir: string
  /** Where the HTTP server listens. */
  readonly host: string
  readonly port: number
  /** How other instances reach this one, `host:port`. @default `host` and `port` */
  readonly applicationServer: string | undefined
  /** Undefined: scores are not published. */
  readonly outputTopic: string | undefined
  /** Partitions of the topics, where they do not exist yet. */
  readonly partitions: number
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

/** Models are made from wine records; what was referred to is fetched once and kept. */
const loadWineModel: LoadModel = async (descriptor) => {
  const { name, description, dataType, modelType } = descriptor
  const content = await modelContent(descriptor)
  return { model: createModel({ name, description, dataType, modelType, data: content }, { mapping: wineFields }), content }
}

/** Tells of a model once, when it goes into service in the first of the instance's tasks. */
const announcer = (console: LimitedConsole): ((ready: ReadyModel) => void) => {
  let last: Arrival | undefined
  return ({ stored, model }) => {
    if (last && compareArrivals(last, stored.arrival) === 0) return
    last = stored.arrival
    const bytes = Buffer.byteLength(stored.descriptor, 'base64')
    console.always(`New model - ModelToServe(${stored.name}, ${stored.description}, ${model.type}, ${bytes} bytes, ${stored.dataType})`)
  }
}

/** Starts a model server: topics, topology, queryable state. */
export const startModelServer = async (options: ModelServerOptions): Promise<ModelServer> => {
  const { brokers, store, outputTopic, print, host, port } = options
  const topics = [DATA_TOPIC, MODELS_TOPIC, DEAD_LETTER_TOPIC, ...(outputTopic === undefined ? [] : [outputTopic])]
  await createTopics(kafkaClient(brokers, 'millrace-model-server'), topics, options.partitions)

  const console = new LimitedConsole(print)
  const catalog = new ModelCatalog(loadWineModel, {
    rejected: ({ name, reason }) => console.always(`Model rejected - ${name}: ${reason}`),
  })
  const announce = announcer(console)
  const self = parseHost(options.applicationServer ?? `${host}:${port}`)
  const streams = new KafkaStreams(modelServerTopology(store, { catalog, console, announce, outputTopic }), {
    applicationId: options.applicationId,
    bootstrapServers: [...brokers],
    stateDir: options.stateDir,
    applicationServer: `${self.host}:${self.port}`,
    commitIntervalMs: 1000,
    deserializationExceptionHandler: logAndContinue,
    processingExceptionHandler: logAndContinue,
    errorsDeadLetterQueueTopicName: DEAD_LETTER_TOPIC,
    consumer: { 'auto.offset.reset': 'earliest' },
  })
  const failed = new Promise<Error>((resolve) => {
    streams.setStateListener((state) => {
      if (state === 'ERROR') resolve(streams.error ?? new Error('the streams client failed'))
    })
  })
  const view = modelStateView(streams, store)
  const http = await startStateServer({ streams, view, self, host, port, valueSchema: servedModelSchema })
  try {
    await streams.start()
  } catch (error) {
    await http.close()
    await streams.close()
    throw error
  }
  return {
    streams,
    http,
    failed,
    close: async () => {
      await http.close()
      await streams.close()
    },
  }
}
