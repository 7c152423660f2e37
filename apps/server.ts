import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { startModelServer } from './model-server/model-server.ts'
import { brokerList } from './shared/kafka.ts'
import { untilSignal } from './shared/signals.ts'
import { storeKind, storeWords } from './shared/store-kind.ts'
import { SCORES_TOPIC } from './shared/topics.ts'

const main = async (): Promise<void> => {
  const args = await yargs(hideBin(process.argv))
    .scriptName('server')
    .usage('$0 [m|s|c]: serves models on a stream of records')
    .option('store', { type: 'string', choices: storeWords, describe: 'where state is kept: memory, standard (LevelDB) or custom [default: custom]' })
    .option('brokers', { type: 'string', default: '127.0.0.1:9092', describe: 'host:port of a broker, or several with commas' })
    .option('port', { type: 'number', default: 8888, describe: 'of the HTTP server' })
    .option('host', { type: 'string', default: '127.0.0.1', describe: 'that the HTTP server listens on' })
    .option('application-id', { type: 'string', describe: 'instances with the same one share the work [default: models-<store>]' })
    .option('application-server', { type: 'string', describe: 'HOST:PORT where other instances reach this one [default: host and port]' })
    .option('state-dir', { type: 'string', default: '.state', describe: 'folder of persistent stores' })
    .option('output-topic', { type: 'string', default: SCORES_TOPIC, describe: 'where scores go; --no-output-topic publishes none' })
    .option('partitions', { type: 'number', default: 1, describe: 'of the topics, where they do not exist yet' })
    .strictOptions()
    .help()
    .alias('h', 'help')
    .parseAsync()
  const store = storeKind(args.store, args._)
  const server = await startModelServer({
    brokers: brokerList(args.brokers),
    store,
    applicationId: args.applicationId ?? `models-${store}`,
    stateDir: args.stateDir,
    host: args.host,
    port: args.port,
    applicationServer: args.applicationServer,
    outputTopic: typeof args.outputTopic === 'string' ? args.outputTopic : undefined,
    partitions: args.partitions,
    print: (line) => console.log(line),
  })
  console.log(`Model server (${store} store) on http://${args.host}:${server.http.port}/state/value and /state/instances`)
  const failure = await Promise.race([server.failed, untilSignal().then(() => undefined)])
  await server.close()
  if (failure) throw failure
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
