import { parseArgs } from 'node:util'
import { anyRecords, difference, textRecords } from './exchanged-record.ts'
import type { ExchangedRecord } from './exchanged-record.ts'
import { JavaConsole } from './java-console.ts'
import { KafkajsClient, kafkajsCompressions } from './kafkajs-client.ts'
import type { Compression } from './our-client.ts'
import { OurClient } from './our-client.ts'

/**
 * `npm run interop -- --brokers HOST:PORT [--java CLASSPATH]`: exchanges records between our client, kafkajs and (when a
 * class path with Apache Kafka's `kafka-tools` is given) the Java console clients, and compares byte by byte.
 */
interface Check {
  readonly name: string
  readonly sent: readonly ExchangedRecord[]
  write(topic: string, records: readonly ExchangedRecord[]): Promise<void>
  read(topic: string, count: number): Promise<ExchangedRecord[]>
}

const compressions: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** A time of its own, so that nobody's clock passes for what was sent. */
const TIMESTAMP = 1_600_000_000_123

const checks = (ours: OurClient, kafkajs: KafkajsClient, java: JavaConsole | undefined): Check[] => {
  const list: Check[] = []
  const readOurs = (topic: string, count: number) => ours.read(topic, count)
  for (const compression of compressions) {
    const write = (topic: string, records: readonly ExchangedRecord[]) => ours.write(topic, records, compression)
    list.push({ name: `we read what we write, ${compression}`, sent: anyRecords(TIMESTAMP), write, read: readOurs })
    if (java === undefined) continue
    list.push({ name: `Java reads what we write, ${compression}`, sent: anyRecords(TIMESTAMP), write, read: (topic, count) => java.read(topic, count) })
    list.push({
      name: `we read what Java writes, ${compression}`,
      sent: textRecords(undefined),
      write: (topic, records) => java.write(topic, records, compression),
      read: readOurs,
    })
  }
  for (const compression of kafkajsCompressions) {
    list.push({
      name: `kafkajs reads what we write, ${compression}`,
      sent: anyRecords(TIMESTAMP),
      write: (topic, records) => ours.write(topic, records, compression),
      read: (topic, count) => kafkajs.read(topic, count),
    })
    list.push({
      name: `we read what kafkajs writes, ${compression}`,
      // it refuses to write headers without a value
      sent: anyRecords(TIMESTAMP).filter(({ headers }) => headers.every(([, value]) => value !== undefined)),
      write: (topic, records) => kafkajs.write(topic, records, compression),
      read: readOurs,
    })
  }
  return list
}

const failureOf = async (check: Check, topic: string, ours: OurClient): Promise<string | undefined> => {
  try {
    await ours.createTopic(topic)
    await check.write(topic, check.sent)
    return difference(check.sent, await check.read(topic, check.sent.length))
  } catch (error) {
    return String(error)
  }
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { brokers: { type: 'string', default: '127.0.0.1:9092' }, java: { type: 'string' } } })
  const ours = new OurClient(values.brokers)
  const java = values.java === undefined ? undefined : new JavaConsole(values.brokers, values.java)
  const topics: string[] = []
  let passed = 0
  let failed = 0
  for (const check of checks(ours, new KafkajsClient(values.brokers), java)) {
    const topic = `interop-${process.pid}-${Date.now()}-${topics.length}`
    topics.push(topic)
    const failure = await failureOf(check, topic, ours)
    if (failure === undefined) passed++
    else failed++
    console.log(failure === undefined ? `ok: ${check.name}` : `FAILED: ${check.name}: ${failure}`)
  }
  await ours.deleteTopics(topics)
  await ours.close()
  if (java === undefined) console.log('The Java clients were left out: name a class path with --java')
  console.log(`${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

void main()
