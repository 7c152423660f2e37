import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Broker } from '../lib/broker/index.ts'
import type { Surroundings } from './shared/surroundings.ts'

const examples: Readonly<Record<string, () => Promise<{ run(surroundings: Surroundings): Promise<void> }>>> = {
  '01-word-count': () => import('./01-word-count.ts'),
  '02-custom-processor': () => import('./02-custom-processor.ts'),
  '03-table-join': () => import('./03-table-join.ts'),
  '04-queries': () => import('./04-queries.ts'),
  '05-test-driver': () => import('./05-test-driver.ts'),
  '06-custom-store': () => import('./06-custom-store.ts'),
  '07-async-enrichment': () => import('./07-async-enrichment.ts'),
  '08-windowed-counts': () => import('./08-windowed-counts.ts'),
  '09-clicks-and-impressions': () => import('./09-clicks-and-impressions.ts'),
  '10-foreign-key-join': () => import('./10-foreign-key-join.ts'),
  '11-sessions': () => import('./11-sessions.ts'),
  '12-worker-threads': () => import('./12-worker-threads.ts'),
}

/** Runs one example until Ctrl-C: on the brokers given second, or on an embedded broker that forgets everything at the end. */
const main = async ([name = '', brokers]: readonly string[]): Promise<void> => {
  const load = Object.hasOwn(examples, name) ? examples[name] : undefined
  if (load === undefined) throw new Error(`usage: node dist/examples/run.js NAME [HOST:PORT]   NAME is one of ${Object.keys(examples).join(', ')}`)
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const stateDir = await mkdtemp(path.join(os.tmpdir(), 'millrace-example-'))
  const broker = brokers === undefined ? await Broker.start() : undefined
  try {
    const { run } = await load()
    await run({ bootstrapServers: brokers ?? broker?.address ?? '', stateDir, signal: stop.signal, print: (line) => console.log(line) })
  } finally {
    await broker?.close()
    await rm(stateDir, { recursive: true, force: true })
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
