import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import yargs from 'yargs'
import { hideBin } from 'yargs/helpers'
import { writeInput } from './input-topic.ts'
import { javaInput, javaRun } from './java-side.ts'
import type { Result } from './report.ts'
import { jsonLine, median, table } from './report.ts'
import { workload } from './workloads.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
const run = promisify(execFile)

const KEYS = 10_000
const VALUE_BYTES = 100

/** One run of Millrace in a fresh process: records/s. */
const millraceRun = async (brokers: readonly string[], name: string, topic: string, records: number, guarantee: string): Promise<number> => {
  const worker = path.join(here, 'worker.js')
  const { stdout } = await run(process.execPath, [worker, name, topic, `${records}`, brokers.join(','), guarantee])
  return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { recordsPerSecond: number }).recordsPerSecond
}

/** The embedded broker in a process of its own, as a cluster would be. */
const startBroker = async (): Promise<{ address: string; child: ChildProcess }> => {
  const child = spawn(process.execPath, [path.join(here, '..', 'apps', 'broker.js'), '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /^listening on (.+)$/.exec(line)?.[1]
    if (address !== undefined) return { address, child }
  }
  throw new Error('the embedded broker ended before it was ready')
}

const main = async (): Promise<void> => {
  const args = await yargs(hideBin(process.argv))
    .scriptName('bench')
    .usage('$0 WORKLOAD…: runs workloads on Millrace and, with --java, on Java Kafka Streams beside it')
    .option('brokers', { type: 'string', describe: 'host:port of a Kafka; without it the embedded broker' })
    .option('records', { type: 'number', default: 2_000_000 })
    .option('rounds', { type: 'number', default: 3, describe: 'of each side, alternating; medians are reported' })
    .option('guarantee', { choices: ['at_least_once', 'exactly_once_v2'] as const, default: 'at_least_once' as const })
    .option('java', { type: 'boolean', default: false })
    .option('json', { type: 'boolean', default: false, describe: 'one JSON line per workload' })
    .demandCommand(1, 'name at least one workload')
    .strict()
    .parseAsync()
  const names = args._.map(String)
  for (const name of names) workload(name)
  const embedded = args.brokers === undefined ? await startBroker() : undefined
  const brokers = (args.brokers ?? embedded?.address ?? '').split(',')
  const say = (line: string): void => void (args.json || console.error(line))
  try {
    const topic = `bench-input-${args.records}-${Date.now()}`
    say(`writing ${args.records} records of ${VALUE_BYTES} bytes to ${topic}`)
    if (args.java) await javaInput(brokers, topic, args.records, VALUE_BYTES, KEYS)
    else await writeInput(brokers, { topic, records: args.records, keys: KEYS, valueBytes: VALUE_BYTES })
    const results: Result[] = []
    for (const name of names) {
      const millrace: number[] = []
      const java: number[] = []
      for (let round = 1; round <= args.rounds; round++) {
        if (args.java) java.push(await javaRun(brokers, name, topic, args.records, args.guarantee))
        millrace.push(await millraceRun(brokers, name, topic, args.records, args.guarantee))
        say(`${name}, round ${round}: Millrace ${Math.round(millrace.at(-1) ?? 0)}/s${args.java ? `, Java ${Math.round(java.at(-1) ?? 0)}/s` : ''}`)
      }
      const rates = { millrace: median(millrace), java: args.java ? median(java) : undefined }
      const result = { workload: name, guarantee: args.guarantee, records: args.records, ...rates, ratio: rates.java && rates.millrace / rates.java }
      results.push(result)
      if (args.json) console.log(jsonLine(result))
    }
    if (!args.json) console.log(table(results))
  } finally {
    embedded?.child.kill('SIGTERM')
  }
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
