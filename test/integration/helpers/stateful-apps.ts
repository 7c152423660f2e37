import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { StreamsConfigInput } from '../../../lib/index.ts'
import { eventually } from './apps.ts'
import type { Family, FamilyOptions, FamilyTopics } from './stateful-topologies.ts'

/** One application: a family of operators, with its topics and its directory. */
export interface FamilyApp extends FamilyOptions {
  readonly family: Family
  readonly applicationId: string
  readonly bootstrapServers: string
  readonly stateDir: string
  readonly topics: FamilyTopics
  /** A static member takes the place of the one before it at once, not when its session has timed out. */
  readonly instanceId?: string
  /** Records at which an operator fails are left out. */
  readonly skipsFailures?: boolean
}

/** Brokers refuse records that are more than an hour ahead, unless the topic says otherwise. */
export const ANY_TIMESTAMP = { 'message.timestamp.after.max.ms': '9223372036854775807' }
const ANY_TIME = Object.fromEntries(Object.entries(ANY_TIMESTAMP).map(([name, value]) => [`topic.${name}`, value]))

export const appConfig = ({ applicationId, bootstrapServers, stateDir, caching, instanceId, skipsFailures }: FamilyApp): StreamsConfigInput => ({
  applicationId,
  ...ANY_TIME,
  processingExceptionHandler: skipsFailures === true ? 'continue' : 'fail',
  bootstrapServers,
  stateDir,
  commitIntervalMs: 100,
  statestoreCacheMaxBytes: caching ? 1_000_000 : 0,
  '__emit.interval.ms.kstreams.windowed.aggregation__': 0,
  '__emit.interval.ms.kstreams.outer.join.spurious.results.fix__': 0,
  consumer: {
    'heartbeat.interval.ms': 200, 'session.timeout.ms': 6000, 'fetch.max.wait.ms': 50,
    ...(instanceId === undefined ? {} : { 'group.instance.id': instanceId }),
  },
})

/** A process that runs applications until it is killed. */
export class FamilyProcess {
  readonly #child: ChildProcess
  #printed = ''

  constructor(apps: readonly FamilyApp[]) {
    const script = path.resolve('test/integration/helpers/stateful-child.ts')
    this.#child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(apps)], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child.stdout?.on('data', (bytes: Buffer) => (this.#printed += bytes.toString()))
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Resolves when all applications run. @throws {Error} with what the process said, when it ended instead */
  async running(): Promise<void> {
    await eventually(() => this.#printed.includes('RUNNING\n') || this.hasEnded)
    this.check()
  }

  /** @throws {Error} when the process has ended by itself */
  check(): void {
    if (this.hasEnded) throw new Error(`the applications ended: ${this.#printed}`)
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.hasEnded) return
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exited
  }
}
