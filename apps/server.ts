import { startModelServer } from './model-server/model-server.ts'
import { brokerList } from './shared/kafka.ts'
import { brokerTimeoutOption, portNumber, settingsOf, storeOption, wholeNumber } from './shared/options.ts'
import { commandLine, runProgram } from './shared/program.ts'
import { untilSignal } from './shared/signals.ts'
import { storeKind } from './shared/store-kind.ts'
import { defaultTopics } from './shared/topics.ts'

runProgram(async () => {
  const args = await commandLine('server', '$0 [m|s|c]: serves models on a stream of records')
    .option('store', storeOption)
    .option('brokers', { type: 'string', default: '127.0.0.1:9092', describe: 'host:port of a broker, or several with commas' })
    .option('broker-timeout', brokerTimeoutOption)
    .option('port', { type: 'number', default: 8888, describe: 'of the HTTP server; 0 is any free one' })
    .option('host', { type: 'string', default: '127.0.0.1', describe: 'that the HTTP server listens on' })
    .option('application-id', { type: 'string', describe: 'instances with the same one share the work [default: models-<store>]' })
    .option('application-server', { type: 'string', describe: 'HOST:PORT where other instances reach this one [default: host and port]' })
    .option('state-dir', { type: 'string', default: '.state', describe: 'folder of persistent stores' })
    .option('output-topic', { type: 'string', default: defaultTopics.scores, describe: 'where scores go; --no-output-topic publishes none' })
    .option('data-topic', { type: 'string', default: defaultTopics.data, describe: 'where records come from' })
    .option('models-topic', { type: 'string', default: defaultTopics.models, describe: 'where models come from' })
    .option('dead-letter-topic', { type: 'string', default: defaultTopics.deadLetters, describe: 'where bad records go' })
    .option('partitions', { type: 'number', default: 1, describe: 'of the topics, where they do not exist yet' })
    .option('config', { type: 'string', array: true, nargs: 1, default: [] as string[], describe: 'NAME=VALUE: a setting of Kafka Streams or its clients' })
    .strictOptions()
    .parseAsync()
  const store = storeKind(args.store, args._)
  const print = (line: string): void => console.log(line)
  const server = await startModelServer({
    brokers: brokerList(args.brokers),
    brokerTimeoutMs: wholeNumber('broker-timeout', args.brokerTimeout, 0),
    store,
    topics: {
      data: args.dataTopic,
      models: args.modelsTopic,
      scores: typeof args.outputTopic === 'string' ? args.outputTopic : undefined,
      deadLetters: args.deadLetterTopic,
    },
    applicationId: args.applicationId ?? `models-${store}`,
    stateDir: args.stateDir,
    host: args.host,
    port: portNumber('port', args.port),
    applicationServer: args.applicationServer,
    partitions: wholeNumber('partitions', args.partitions, 1),
    config: settingsOf(args.config),
    print,
  })
  const stopped = untilSignal().then(() => undefined)
  print(`Model server (${store} store) on http://${args.host}:${server.http.port}/state/value and /state/instances`)
  const failure = await Promise.race([server.failed, stopped])
  await server.close()
  if (failure) throw failure
})
