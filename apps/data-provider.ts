import { Broker } from '../lib/broker/index.ts'
import { readDataSet } from './provider/data-set.ts'
import { ownData } from './provider/own-data.ts'
import { startProvider } from './provider/provider.ts'
import { brokerList } from './shared/kafka.ts'
import { brokerTimeoutOption, portNumber, wholeNumber } from './shared/options.ts'
import { commandLine, runProgram } from './shared/program.ts'
import { untilSignal } from './shared/signals.ts'
import { defaultTopics } from './shared/topics.ts'

runProgram(async () => {
  const args = await commandLine('data-provider', '$0: sends records to score, and models to score them with')
    .option('brokers', { type: 'string', describe: 'host:port of a broker, or several with commas; without it an embedded broker is started' })
    .option('broker-timeout', brokerTimeoutOption)
    .option('port', { type: 'number', default: 9092, describe: 'of the embedded broker; 0 is any free one' })
    .option('dir', { type: 'string', describe: 'where the embedded broker keeps its data; without it in memory' })
    .option('data-dir', { type: 'string', default: ownData, defaultDescription: "the package's own data", describe: 'folder with .csv records and .pmml and .pb models' })
    .option('data-interval', { type: 'number', default: 1000, describe: 'ms between records' })
    .option('model-interval', { type: 'number', default: 60_000, describe: 'ms between models' })
    .option('data-topic', { type: 'string', default: defaultTopics.data, describe: 'where records go' })
    .option('models-topic', { type: 'string', default: defaultTopics.models, describe: 'where models go' })
    .option('partitions', { type: 'number', default: 1, describe: 'of the topics, where they do not exist yet' })
    .strict()
    .parseAsync()
  const print = (line: string): void => console.log(line)
  const dataIntervalMs = wholeNumber('data-interval', args.dataInterval, 1)
  const modelIntervalMs = wholeNumber('model-interval', args.modelInterval, 1)
  wholeNumber('broker-timeout', args.brokerTimeout, 0)
  const partitions = wholeNumber('partitions', args.partitions, 1)
  const dataSet = await readDataSet(args.dataDir)
  const broker = args.brokers === undefined ? await Broker.start({ port: portNumber('port', args.port), ...(args.dir === undefined ? {} : { dir: args.dir }) }) : undefined
  // Until here, and while an unreachable broker is waited for, a signal may simply end the program.
  const stopped = broker && untilSignal()
  if (broker) print(`Embedded broker on ${broker.address}`)
  try {
    const provider = await startProvider({
      brokers: broker ? [broker.address] : brokerList(args.brokers ?? ''),
      brokerTimeoutMs: args.brokerTimeout,
      topics: { data: args.dataTopic, models: args.modelsTopic },
      dataSet,
      dataIntervalMs,
      modelIntervalMs,
      partitions,
      print,
    })
    await (stopped ?? untilSignal())
    await provider.close()
  } finally {
    await broker?.close()
  }
})
