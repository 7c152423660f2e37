import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { KafkaStreams } from '../lib/index.ts'
import { settings } from './settings.ts'
import { workload } from './workloads.ts'

const NS_A_MS = 1e6

/** Of this process, MB: now, and the most there ever was. Undefined where the system does not say. */
const memory = (): { rssMb: number | undefined; peakMb: number | undefined } => {
  const status = ((): string => {
    try {
      return readFileSync('/proc/self/status', 'utf8')
    } catch {
      return ''
    }
  })()
  const of = (name: string): number | undefined => {
    const kb = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]
    return kb === undefined ? undefined : Math.round(Number(kb) / 1024)
  }
  return { rssMb: of('VmRSS'), peakMb: of('VmHWM') }
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/**
 * Two halves of a benchmark, each in a process of its own. `fill`: a workload processes its whole input and is closed in good order.
 * `restore`: the same application starts with an empty directory, and ends when it is RUNNING.
 */
const main = async (mode: string, name: string, id: string, input: string, output: string, stateDir: string, records: number, brokers: string[]): Promise<void> => {
  let seen = 0
  let done: () => void = () => {}
  const finished = new Promise<void>((resolve) => {
    done = resolve
  })
  const tick = (): void => {
    seen++
    if (mode === 'fill' && seen === records) done()
  }
  const streams = new KafkaStreams(workload(name)(input, output, tick), { ...settings(id, brokers, stateDir, 'at_least_once'), 'consumer.session.timeout.ms': 10_000 })
  streams.setUncaughtExceptionHandler((error) => {
    console.error(error)
    process.exit(1)
  })
  let restored = 0
  let first = 0
  let last = 0
  streams.setGlobalStateRestoreListener({
    onRestoreStart: () => (first ||= performance.now()),
    onRestoreEnd(_at, _store, total) {
      restored += total
      last = performance.now()
    },
  })
  let running = 0
  streams.setStateListener((state) => {
    if (state !== 'RUNNING' || running > 0) return
    running = performance.now()
    if (mode === 'restore') done()
  })
  const turns = monitorEventLoopDelay({ resolution: 1 })
  const boot = performance.now()
  const cpu = cpuSeconds()
  await streams.start()
  turns.enable()
  await finished
  turns.disable()
  const figures = {
    records: mode === 'fill' ? seen : restored,
    restoreMs: last - first,
    startToRunningMs: running - boot,
    cpuSeconds: cpuSeconds() - cpu,
    longestTurnMs: turns.max / NS_A_MS,
    ...memory(),
  }
  await streams.close({ leaveGroup: true })
  console.log(JSON.stringify(figures))
}

const [mode = '', name = '', id = '', input = '', output = '', stateDir = '', records = '0', brokers = ''] = process.argv.slice(2)
await main(mode, name, id, input, output, stateDir, Number(records), brokers.split(',')).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
