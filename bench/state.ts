import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeInput } from './input-topic.ts'
import { buildJavaState } from './java-state.ts'
import { removeLeftovers, withAdmin } from './leftovers.ts'
import { columns, median, rate } from './report.ts'
import { lastJson, runProgram } from './run-program.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
const JAVA_HEAP = process.env['MILLRACE_JAVA_HEAP'] ?? '1g'

/** What one run of one side says of itself. */
interface Figures {
  readonly records: number
  readonly restoreMs: number
  readonly startToRunningMs: number
  readonly cpuSeconds: number
  /** Java's side leaves it out. */
  readonly longestTurnMs?: number
  readonly rssMb?: number
  readonly peakMb?: number
}

export interface StateOptions {
  readonly names: readonly string[]
  readonly records: number
  readonly partitions: number
  readonly keys: number
  readonly valueBytes: number
  readonly rounds: number
  readonly brokers: readonly string[]
  readonly java: boolean
  readonly json: boolean
}

/** `restore-window-disk` restores what `window-disk` has made; `restore` alone what `count` has. The same for `memory`. */
const STATE_NAME = /^(restore|memory)(?:-(.+))?$/

export const isStateName = (name: string): boolean => STATE_NAME.test(name)

export const baseWorkload = (name: string): string => {
  const rest = STATE_NAME.exec(name)?.[2] ?? ''
  if (rest === '') return 'count'
  return rest === 'disk' || rest === 'lmdb' ? `count-${rest}` : rest
}

/** One application, run by either side, with a directory that is empty each time. */
class StateApplication {
  readonly id: string
  readonly #workload: string
  readonly #input: string
  readonly #options: StateOptions
  readonly #classPath: string | undefined

  constructor(workload: string, input: string, options: StateOptions, classPath: string | undefined) {
    this.id = `bench-state-${workload}-${process.pid}-${Date.now()}`
    this.#workload = workload
    this.#input = input
    this.#options = options
    this.#classPath = classPath
  }

  async create(): Promise<void> {
    await withAdmin(this.#options.brokers, (admin) => admin.createTopics([{ name: `${this.id}-out`, numPartitions: this.#options.partitions }]))
  }

  async run(side: 'millrace' | 'java', mode: 'fill' | 'restore'): Promise<Figures> {
    const { records, brokers } = this.#options
    const directory = await mkdtemp(path.join(os.tmpdir(), 'bench-state-'))
    // Java has one form of files
    const workload = side === 'java' ? this.#workload.replace(/-lmdb$/, '-disk') : this.#workload
    const args = [mode, workload, this.id, this.#input, `${this.id}-out`, directory, `${records}`]
    try {
      const output = side === 'millrace'
        ? await runProgram(process.execPath, [path.join(here, 'state-worker.js'), ...args, brokers.join(',')])
        : await runProgram('java', [`-Xmx${JAVA_HEAP}`, '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', this.#classPath!, 'StateBench', ...args], {
          ...process.env,
          BOOTSTRAP: brokers.join(','),
        })
      return lastJson(output) as Figures
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  }

  remove(): Promise<void> {
    return removeLeftovers(this.#options.brokers, this.id)
  }
}

const restoreRate = ({ records, restoreMs }: Figures): number => (records / restoreMs) * 1000
const megabytes = (value: number | undefined): string => (value === undefined ? '-' : `${value} MB`)

const said = (side: string, mode: string, figures: Figures): string => {
  const { cpuSeconds, longestTurnMs, rssMb, peakMb, startToRunningMs, records } = figures
  const memory = `CPU ${cpuSeconds.toFixed(1)} s, memory ${megabytes(rssMb)}, at most ${megabytes(peakMb)}`
  if (mode === 'memory') return `${side} ${memory}`
  const turn = longestTurnMs === undefined ? '' : `, longest turn ${longestTurnMs.toFixed(0)} ms`
  return `${side} ${rate(records)} restored at ${rate(restoreRate(figures))}/s, RUNNING after ${startToRunningMs.toFixed(0)} ms${turn}, ${memory}`
}

/** Restoring: one side has filled the changelog, and both read it back. Memory: each fills a state of its own. */
const measureOne = async (name: string, input: string, options: StateOptions, classPath: string | undefined, say: (line: string) => void): Promise<string[]> => {
  const mode = STATE_NAME.exec(name)![1]!
  const runs: Record<'millrace' | 'java', Figures[]> = { millrace: [], java: [] }
  const sides = classPath === undefined ? (['millrace'] as const) : (['java', 'millrace'] as const)
  const application = new StateApplication(baseWorkload(name), input, options, classPath)
  await application.create()
  try {
    if (mode === 'restore') await application.run('millrace', 'fill')
    for (let round = 1; round <= options.rounds; round++) {
      for (const side of sides) {
        const own = mode === 'memory' ? new StateApplication(baseWorkload(name), input, options, classPath) : application
        if (own !== application) await own.create()
        const figures = await own.run(side, mode === 'memory' ? 'fill' : 'restore')
        if (own !== application) await own.remove()
        runs[side].push(figures)
        say(`${name}, round ${round}: ${said(side, mode, figures)}`)
        if (options.json) console.log(JSON.stringify({ workload: name, side, keys: options.keys, ...figures }))
      }
    }
  } finally {
    await application.remove()
  }
  const of = (side: 'millrace' | 'java', value: (figures: Figures) => number): number | undefined => (runs[side].length === 0 ? undefined : median(runs[side].map(value)))
  const value = mode === 'memory' ? (figures: Figures): number => figures.rssMb ?? NaN : restoreRate
  const [ours, theirs] = [of('millrace', value), of('java', value)]
  return [
    name, rate(of('millrace', ({ records }) => records)), rate(ours), rate(theirs), theirs === undefined ? '-' : `${(ours! / theirs).toFixed(2)} x`,
    megabytes(of('millrace', ({ peakMb }) => peakMb ?? NaN)), megabytes(of('java', ({ peakMb }) => peakMb ?? NaN)),
  ]
}

/** How fast state comes back from changelogs, and what it costs in memory: Millrace, and with `java` Kafka Streams beside it. */
export const measureState = async (options: StateOptions): Promise<void> => {
  const { names, records, partitions, keys, valueBytes, brokers, json } = options
  const say = (line: string): void => void (json || console.error(line))
  const input = `bench-state-input-${records}-${Date.now()}`
  const rows = []
  const classPath = options.java ? await buildJavaState() : undefined
  try {
    say(`writing ${records} records of ${keys} keys with values of ${valueBytes} bytes to ${input}`)
    await writeInput(brokers, { topic: input, partitions, records, keys, valueBytes })
    for (const name of names) rows.push(await measureOne(name, input, options, classPath, say))
    if (!json) console.log(columns(['workload', 'records', 'Millrace records/s or MB', 'Java', 'ratio', 'Millrace at most', 'Java at most'], rows))
  } finally {
    await removeLeftovers(brokers, input)
  }
}
