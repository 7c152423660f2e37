import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { KafkaStreams } from '../../../lib/index.ts'
import type { Logger, StreamsConfigInput, Topology } from '../../../lib/index.ts'
import { prepareSlowDisk, slowDown } from './slow-disk.ts'

/** A process that takes the place of a killed one at once, as a static member, and not when the session of that one has timed out. */
export const ONLY_MEMBER = { 'group.instance.id': 'only' }

const MOST_THREADS = 3
/** A file, to which processes add what they have to say, for whoever looks for a fault. */
const LOG = process.env.MILLRACE_CHILD_LOG

const write = (level: string) => (fields: object, message?: string): void => {
  if (LOG === undefined) return
  const text = (_key: string, value: unknown): unknown => (value instanceof Error ? value.stack : typeof value === 'bigint' ? String(value) : value)
  appendFileSync(LOG, `${new Date().toISOString()} ${process.pid} ${level} ${message ?? ''} ${JSON.stringify(fields, text)}\n`)
}
const logger: Logger = { debug: () => {}, info: write('info'), warn: write('warn'), error: write('error') }

/** What the test may tell a process, a line each. */
const obey = (streams: KafkaStreams, line: string): void => {
  const threads = streams.metadataForLocalThreads().length
  const slow = /^slow disk (\d+)$/.exec(line)
  if (slow !== null) slowDown(Number(slow[1]))
  else if (line === 'add thread' && threads < MOST_THREADS) streams.addStreamThread()
  else if (line === 'remove thread' && threads > 1) void streams.removeStreamThread()
}

/** Runs one application with quick settings as the whole of a process, until SIGTERM; prints a line with every state. A module runs in worker threads. */
export const runChild = (topology: Topology | URL, { consumer = {}, ...config }: StreamsConfigInput): void => {
  prepareSlowDisk()
  const streams = new KafkaStreams(topology, {
    commitIntervalMs: 50,
    statestoreCacheMaxBytes: 0,
    consumer: { 'heartbeat.interval.ms': 200, 'session.timeout.ms': 6000, 'fetch.max.wait.ms': 50, ...consumer },
    ...config,
  }, { ...(LOG === undefined ? {} : { logger }), ...(topology instanceof URL ? { workers: true } : {}) })
  const fail = (error: Error | undefined): void => {
    process.stdout.write(`ERROR ${error?.stack ?? ''}\n`)
    process.exit(1)
  }
  streams.setStateListener((state) => {
    process.stdout.write(`${state}\n`)
    if (state === 'ERROR') fail(streams.error)
  })
  process.once('SIGTERM', () => void streams.close().then(() => process.exit(0)))
  // whoever has started it is gone
  process.stdin.once('end', () => process.exit(1))
  createInterface(process.stdin).on('line', (line) => obey(streams, line))
  streams.start().catch(fail)
}
