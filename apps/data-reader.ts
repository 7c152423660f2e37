import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { brokerList, kafkaClient } from './shared/kafka.ts'
import { untilSignal } from './shared/signals.ts'
import { DATA_TOPIC, DEAD_LETTER_TOPIC, MODELS_TOPIC, SCORES_TOPIC } from './shared/topics.ts'

const SHOWN_BYTES = 32

/** The first bytes of a message: as text where they are printable, in hex where not. */
const beginning = (bytes: Buffer): string => {
  const start = bytes.subarray(0, SHOWN_BYTES)
  const text = start.toString('latin1')
  const shown = /^[\x20-\x7e]*$/.test(text) ? text : start.toString('hex')
  return bytes.length > SHOWN_BYTES ? `${shown}…` : shown
}

const main = async (): Promise<void> => {
  const args = await yargs(hideBin(process.argv))
    .scriptName('data-reader')
    .usage('$0: prints what is on the topics')
    .option('brokers', { type: 'string', default: '127.0.0.1:9092', describe: 'host:port of a broker, or several with commas' })
    .option('topics', { type: 'string', array: true, default: [DATA_TOPIC, MODELS_TOPIC, SCORES_TOPIC, DEAD_LETTER_TOPIC] })
    .option('from-beginning', { type: 'boolean', default: true, describe: 'read what is there already' })
    .strict()
    .help()
    .alias('h', 'help')
    .parseAsync()
  const kafka = kafkaClient(brokerList(args.brokers), 'millrace-data-reader')
  const admin = kafka.admin()
  await admin.connect()
  const there = new Set(await admin.listTopics())
  await admin.disconnect()
  const topics = args.topics.filter((topic) => there.has(topic))
  if (topics.length === 0) throw new Error(`none of the topics ${args.topics.join(', ')} exists on ${args.brokers}; start the data provider first`)

  const consumer = kafka.consumer({ groupId: `millrace-data-reader-${process.pid}` })
  await consumer.connect()
  await consumer.subscribe({ topics, fromBeginning: args.fromBeginning })
  let number = 0
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ topic, partition, message }) => {
      const key = message.key ? beginning(message.key) : 'null'
      const value = message.value ? `${message.value.length} bytes: ${beginning(message.value)}` : 'null'
      console.log(`Received message number ${++number}, ${topic}-${partition}@${message.offset}, key ${key}, ${value}`)
    },
  })
  await untilSignal()
  await consumer.disconnect()
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
