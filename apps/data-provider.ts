import path from 'node:path'
import { fileURLToPath } from 'node:url'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { Broker } from '../lib/broker/index.ts'
import { readDataSet } from './provider/data-set.ts'
import { startProvider } from './provider/provider.ts'
import { brokerList } from './shared/kafka.ts'
import { untilSignal } from './shared/signals.ts'

/** The package's own data set; this file runs from `dist/apps`. */
const ownData = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'data')

const main = async (): Promise<void> => {
  const args = await yargs(hideBin(process.argv))
    .scriptName('data-provider')
    .usage('$0: sends records to models_data and models to models_models')
    .option('brokers', { type: 'string', describe: 'host:port of a broker, or several with commas; without it an embedded broker is started' })
    .option('port', { type: 'number', default: 9092, describe: 'of the embedded broker' })
    .option('dir', { type: 'string', describe: 'where the embedded broker keeps its data; without it in memory' })
    .option('data-dir', { type: 'string', default: ownData, describe: 'folder with .csv records and .pmml and .pb models' })
    .option('data-interval', { type: 'number', default: 1000, describe: 'ms between records' })
    .option('model-interval', { type: 'number', default: 60_000, describe: 'ms between models' })
    .option('partitions', { type: 'number', default: 1, describe: 'of the topics, where they do not exist yet' })
    .strict()
    .help()
    .alias('h', 'help')
    .parseAsync()
  const print = (line: string): void => console.log(line)
  const dataSet = await readDataSet(args.dataDir)
  const broker = args.brokers === undefined ? await Broker.start({ port: args.port, ...(args.dir === undefined ? {} : { dir: args.dir }) }) : undefined
  if (broker) print(`Embedded broker on ${broker.address}`)
  const provider = await startProvider({
    brokers: broker ? [broker.address] : brokerList(args.brokers ?? ''),
    dataSet,
    dataIntervalMs: args.dataInterval,
    modelIntervalMs: args.modelInterval,
    partitions: args.partitions,
    print,
  })
  await untilSignal()
  await provider.close()
  await broker?.close()
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
