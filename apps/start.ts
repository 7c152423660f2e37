import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { Broker } from '../lib/broker/index.ts'
import { startModelServer } from './model-server/model-server.ts'
import { readDataSet } from './provider/data-set.ts'
import { startProvider } from './provider/provider.ts'
import { untilSignal } from './shared/signals.ts'
import { storeKind, storeWords } from './shared/store-kind.ts'
import { SCORES_TOPIC } from './shared/topics.ts'

/** The package's own data set; this file runs from `dist/apps`. */
const ownData = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'data')

/** `npm start`: embedded broker, data provider and model server in one process, from nothing. */
const main = async (): Promise<void> => {
  const args = await yargs(hideBin(process.argv))
    .scriptName('npm start --')
    .usage('$0 [m|s|c]: embedded broker, data provider and model server together')
    .option('store', { type: 'string', choices: storeWords, describe: 'memory, standard (LevelDB) or custom [default: custom]' })
    .option('port', { type: 'number', default: 8888, describe: 'of the HTTP server' })
    .option('broker-port', { type: 'number', default: 9092, describe: 'of the embedded broker' })
    .option('data-dir', { type: 'string', default: ownData, describe: 'folder with .csv records and .pmml and .pb models' })
    .option('data-interval', { type: 'number', default: 250, describe: 'ms between records' })
    .option('model-interval', { type: 'number', default: 8000, describe: 'ms between models' })
    .option('partitions', { type: 'number', default: 2, describe: 'of the topics' })
    .option('dir', { type: 'string', describe: 'keep broker data and state here; without it nothing is kept' })
    .strictOptions()
    .help()
    .alias('h', 'help')
    .parseAsync()
  const store = storeKind(args.store, args._)
  const print = (line: string): void => console.log(line)
  const dataSet = await readDataSet(args.dataDir)
  const scratch = args.dir === undefined ? await mkdtemp(path.join(os.tmpdir(), 'millrace-')) : undefined
  const home = args.dir ?? scratch ?? ''
  const broker = await Broker.start({ port: args.brokerPort, ...(args.dir === undefined ? {} : { dir: path.join(home, 'broker') }) })
  print(`Embedded broker        ${broker.address}`)
  const server = await startModelServer({
    brokers: [broker.address],
    store,
    applicationId: `models-${store}`,
    stateDir: path.join(home, 'state'),
    host: '127.0.0.1',
    port: args.port,
    applicationServer: undefined,
    outputTopic: SCORES_TOPIC,
    partitions: args.partitions,
    print,
  })
  const provider = await startProvider({
    brokers: [broker.address],
    dataSet,
    dataIntervalMs: args.dataInterval,
    modelIntervalMs: args.modelInterval,
    partitions: args.partitions,
    print,
  })
  const url = `http://127.0.0.1:${server.http.port}`
  print(`Model in service       ${url}/state/value`)
  print(`Instances              ${url}/state/instances`)
  print(`OpenAPI                ${url}/openapi.json`)
  const failure = await Promise.race([server.failed, untilSignal().then(() => undefined)])
  await provider.close()
  await server.close()
  await broker.close()
  if (scratch !== undefined) await rm(scratch, { recursive: true, force: true })
  if (failure) throw failure
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
