import { setTimeout as pause } from 'node:timers/promises'
import { Apps } from './helpers/apps.ts'
import type { ChildApp } from './helpers/child-app.ts'
import { ExactlyOnceRun } from './helpers/exactly-once-run.ts'
import { randomFrom } from './helpers/stateful-workload.ts'
import { TestCluster } from './helpers/test-cluster.ts'

/** Any number of rounds with other seeds, and more mischief in each: for the night. */
const LONG_ROUNDS = Number(process.env.MILLRACE_CRASH_ROUNDS ?? 0)
const ROUNDS = Math.max(1, LONG_ROUNDS)
const FIRST_SEED = Number(process.env.MILLRACE_CRASH_SEED ?? 1)
const ROUND_MS = 300_000
/** What the embedded broker allows; a real one has its own limit. */
const SESSION_TIMEOUT_MS = process.env.MILLRACE_BROKERS === undefined ? 1500 : 6000

/** How likely a request is to fail in each of these ways, by api. */
const FAULTS = [
  { api: 0, name: 'Produce', error: 6 },
  { api: 26, name: 'EndTxn', error: 14 },
  { api: 28, name: 'TxnOffsetCommit', error: 15 },
  { api: 22, name: 'InitProducerId', error: 51 },
] as const

describe.each(Array.from({ length: ROUNDS }, (_, round) => FIRST_SEED + round))('an application that runs exactly once, seed %i', (seed) => {
  let cluster: TestCluster
  let apps: Apps
  let run: ExactlyOnceRun | undefined

  beforeAll(async () => {
    cluster = await TestCluster.start({ 'group.min.session.timeout.ms': 500, 'transaction.abort.timed.out.transaction.cleanup.interval.ms': 300 })
    apps = new Apps(cluster)
  })
  afterEach(async () => {
    await run?.end()
    await apps.closeAll()
  })
  afterAll(() => cluster.close())

  test('should have every result once when processes are killed, stopped for too long, added and taken away, and requests fail', async () => {
    const random = randomFrom(seed)
    const prepared = await ExactlyOnceRun.prepare(cluster, apps, {
      storeType: random() < 0.5 ? 'in_memory' : 'rocksDB',
      caching: random() < 0.3,
      threads: random() < 0.5 ? 1 : 2,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      rounds: LONG_ROUNDS > 0 ? 500 : 130,
      recordsPerRound: 10,
      pauseMs: 80,
      patienceMs: 120_000,
    })
    run = prepared
    for (const { api, error } of FAULTS) {
      cluster.broker?.control(api, ({ clientId }) => {
        if (!clientId.startsWith(prepared.applicationId) || random() > 0.01) return undefined
        const kind = random()
        return kind < 0.4 ? { disconnect: 'after' } : kind < 0.6 ? { disconnect: 'before' } : { error }
      })
    }
    const living = new Map<string, ChildApp>()
    const start = (directory: string): void => void living.set(directory, prepared.startProcess(directory))
    start(apps.directory())
    start(apps.directory())
    await Promise.all([...living.values()].map((child) => child.running()))
    let isSending = true
    const sending = prepared.sendAll().finally(() => (isSending = false))
    const done: string[] = []
    while (isSending) {
      await pause(500 + random() * 1500)
      const [directory, child] = [...living][Math.floor(random() * living.size)] ?? []
      if (directory === undefined || child === undefined) break
      child.check()
      expect(prepared.wrongs()).toEqual([])
      const action = random()
      if (action < 0.45) {
        done.push('kill')
        await child.kill('SIGKILL')
        living.delete(directory)
        start(random() < 0.6 ? directory : apps.directory())
      } else if (action < 0.6) {
        done.push('stop')
        child.signal('SIGSTOP')
        await pause(SESSION_TIMEOUT_MS + 1000 + random() * 2000)
        child.signal('SIGCONT')
      } else if (action < 0.8 && living.size < 3) {
        done.push('add')
        start(apps.directory())
      } else if (living.size > 1) {
        done.push('remove')
        await child.kill('SIGTERM')
        living.delete(directory)
      }
    }
    await sending
    expect(await prepared.finalDifferences()).toEqual([])
    expect(prepared.ticks).toBeGreaterThan(0)
    for (const child of living.values()) await child.kill('SIGTERM')
    expect(await prepared.differencesInStores(await prepared.startHere())).toEqual([])
    expect(prepared.differences()).toEqual([])
    if (LONG_ROUNDS > 0) process.stdout.write(`seed ${seed}: ${done.join(' ')}; ${prepared.ticks} ticks\n`)
  }, ROUND_MS)
})
