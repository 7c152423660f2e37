import { brokerList, kafkaClient, untilReachable } from './shared/kafka.ts'
import { brokerTimeoutOption, wholeNumber } from './shared/options.ts'
import { commandLine, runProgram } from './shared/program.ts'
import { untilSignal } from './shared/signals.ts'
import { defaultTopics } from './shared/topics.ts'

const SHOWN_BYTES = 32
const SHOWN_TEXT = 200

/** The first bytes of a message: as text where they are printable, in hex where not. */
const beginning = (bytes: Buffer): string => {
  const text = bytes.subarray(0, SHOWN_TEXT).toString('latin1')
  const printable = /^[\x20-\x7e]*$/.test(text)
  const shown = printable ? text : bytes.subarray(0, SHOWN_BYTES).toString('hex')
  return bytes.length > (printable ? SHOWN_TEXT : SHOWN_BYTES) ? `${shown}…` : shown
}

runProgram(async () => {
  const print = (line: string): void => console.log(line)
  const args = await commandLine('data-reader', '$0: prints what is on the topics')
    .option('brokers', { type: 'string', default: '127.0.0.1:9092', describe: 'host:port of a broker, or several with commas' })
    .option('broker-timeout', brokerTimeoutOption)
    .option('topics', { type: 'string', array: true, default: Object.values(defaultTopics) as string[], describe: 'those of them that exist' })
    .option('from-beginning', { type: 'boolean', default: true, describe: 'read what is there already' })
    .strict()
    .parseAsync()
  const brokers = brokerList(args.brokers)
  await untilReachable(brokers, 'millrace-data-reader', wholeNumber('broker-timeout', args.brokerTimeout, 0), print)
  const kafka = kafkaClient(brokers, 'millrace-data-reader')
  const admin = kafka.admin()
  await admin.connect()
  const there = new Set(await admin.listTopics())
  await admin.disconnect()
  const topics = args.topics.filter((topic) => there.has(topic))
  if (topics.length === 0) throw new Error(`none of the topics ${args.topics.join(', ')} exists on ${args.brokers}; start the data provider first`)

  const consumer = kafka.consumer({ groupId: `millrace-data-reader-${process.pid}-${Date.now()}` })
  await consumer.connect()
  await consumer.subscribe({ topics, fromBeginning: args.fromBeginning })
  let number = 0
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ topic, partition, message }) => {
      const key = message.key ? beginning(message.key) : 'null'
      const value = message.value ? `${message.value.length} bytes: ${beginning(message.value)}` : 'null'
      print(`Received message number ${++number}, ${topic}-${partition}@${message.offset}, key ${key}, ${value}`)
    },
  })
  await untilSignal()
  await consumer.disconnect()
})
