import { setImmediate } from 'node:timers/promises'
import { Admin, Cluster } from '../lib/client/index.ts'
import { Producer } from '../lib/client/producer.ts'
import { Headers } from '../lib/core/headers.ts'

const words = 'river wheel stone grain flour sack cart road market bread oven salt water spring autumn harvest barn field'.split(' ')

/** A small generator with a seed, so that every run has the same input. */
const random = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
}

const text = (next: () => number, bytes: number): string => {
  let result = ''
  while (result.length < bytes) result += `${words[Math.floor(next() * words.length)]} `
  return result.slice(0, bytes)
}

export interface InputTopic {
  readonly topic: string
  readonly partitions: number
  readonly records: number
  readonly keys: number
  readonly valueBytes: number
}

/** Writes the input of a benchmark: words of ASCII, keys `k0` … at random, timestamps a millisecond apart. */
export const writeInput = async (brokers: readonly string[], { topic, partitions, records, keys, valueBytes }: InputTopic): Promise<void> => {
  const cluster = new Cluster({ bootstrapServers: [...brokers], clientId: 'millrace-bench' })
  await cluster.connect()
  const admin = new Admin(cluster)
  await admin.createTopics([{ name: topic, numPartitions: partitions }])
  const producer = new Producer(cluster, { lingerMs: 20 })
  await producer.prepare([topic])
  const appender = producer.appender(topic)
  const next = random(7)
  const start = Date.now() - records
  for (let i = 0; i < records; i++) {
    const number = Math.floor(next() * keys)
    const key = Buffer.from(`k${number}`)
    appender.appendBytes(number % partitions, start + i, key, Buffer.from(text(next, valueBytes)), Headers.empty)
    if (producer.full) await producer.drained()
    else if (i % 10_000 === 0) await setImmediate()
  }
  await producer.flush()
  await producer.close()
  await cluster.close()
}
