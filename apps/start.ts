import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Broker } from '../lib/broker/index.ts'
import { startModelServer } from './model-server/model-server.ts'
import type { ModelServer } from './model-server/model-server.ts'
import { readDataSet } from './provider/data-set.ts'
import { ownData } from './provider/own-data.ts'
import type { Provider } from './provider/provider.ts'
import { startProvider } from './provider/provider.ts'
import { BROKER_TIMEOUT_MS } from './shared/kafka.ts'
import { portNumber, storeOption, wholeNumber } from './shared/options.ts'
import { commandLine, runProgram } from './shared/program.ts'
import { untilSignal } from './shared/signals.ts'
import { storeKind } from './shared/store-kind.ts'
import { defaultTopics } from './shared/topics.ts'

/** `npm start`: embedded broker, data provider and model server in one process, from nothing. */
runProgram(async () => {
  const args = await commandLine('npm start --', '$0 [m|s|c]: embedded broker, data provider and model server together')
    .option('store', storeOption)
    .option('port', { type: 'number', default: 8888, describe: 'of the HTTP server' })
    .option('broker-port', { type: 'number', default: 9092, describe: 'of the embedded broker' })
    .option('data-dir', { type: 'string', default: ownData, defaultDescription: "the package's own data", describe: 'folder with .csv records and .pmml and .pb models' })
    .option('data-interval', { type: 'number', default: 250, describe: 'ms between records' })
    .option('model-interval', { type: 'number', default: 8000, describe: 'ms between models' })
    .option('partitions', { type: 'number', default: 2, describe: 'of the topics' })
    .option('dir', { type: 'string', describe: 'keep broker data and state here; without it nothing is kept' })
    .strictOptions()
    .parseAsync()
  const store = storeKind(args.store, args._)
  const print = (line: string): void => console.log(line)
  const dataIntervalMs = wholeNumber('data-interval', args.dataInterval, 1)
  const modelIntervalMs = wholeNumber('model-interval', args.modelInterval, 1)
  const partitions = wholeNumber('partitions', args.partitions, 1)
  const dataSet = await readDataSet(args.dataDir)
  const scratch = args.dir === undefined ? await mkdtemp(path.join(os.tmpdir(), 'millrace-')) : undefined
  const home = args.dir ?? scratch ?? ''
  let broker: Broker | undefined
  let server: ModelServer | undefined
  let provider: Provider | undefined
  let failure: Error | undefined
  try {
    const port = portNumber('broker-port', args.brokerPort)
    broker = await Broker.start({ port, ...(args.dir === undefined ? {} : { dir: path.join(home, 'broker') }) })
    const stopped = untilSignal().then(() => undefined)
    print(`Embedded broker        ${broker.address}`)
    server = await startModelServer({
      brokers: [broker.address],
      brokerTimeoutMs: BROKER_TIMEOUT_MS,
      store,
      topics: defaultTopics,
      applicationId: `models-${store}`,
      stateDir: path.join(home, 'state'),
      host: '127.0.0.1',
      port: portNumber('port', args.port),
      applicationServer: undefined,
      partitions,
      config: {},
      print,
    })
    const url = `http://127.0.0.1:${server.http.port}`
    print(`Model in service       ${url}/state/value`)
    print(`Instances              ${url}/state/instances`)
    print(`OpenAPI                ${url}/openapi.json`)
    provider = await startProvider({
      brokers: [broker.address],
      brokerTimeoutMs: BROKER_TIMEOUT_MS,
      topics: defaultTopics,
      dataSet,
      dataIntervalMs,
      modelIntervalMs,
      partitions,
      print,
    })
    failure = await Promise.race([server.failed, stopped])
  } finally {
    await provider?.close()
    await server?.close()
    await broker?.close()
    if (scratch !== undefined) await rm(scratch, { recursive: true, force: true })
  }
  if (failure) throw failure
})
