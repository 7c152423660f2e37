import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Apps } from './helpers/apps.ts'
import type { ChildApp } from './helpers/child-app.ts'
import { ExactlyOnceRun } from './helpers/exactly-once-run.ts'
import { chooseMischief } from './helpers/mischief.ts'
import type { Scene } from './helpers/mischief.ts'
import { failRequests } from './helpers/request-faults.ts'
import { randomFrom } from './helpers/stateful-workload.ts'
import { TestCluster } from './helpers/test-cluster.ts'

/** Any number of rounds with other seeds, and more mischief in each: for the night. */
const LONG_ROUNDS = Number(process.env.MILLRACE_CRASH_ROUNDS ?? 0)
const ROUNDS = Math.max(1, LONG_ROUNDS)
const FIRST_SEED = Number(process.env.MILLRACE_CRASH_SEED ?? 1)
const ROUND_MS = 300_000
/** What the embedded broker allows; a real one has its own limit. */
const SESSION_TIMEOUT_MS = process.env.MILLRACE_BROKERS === undefined ? 1500 : 6000

describe.each(Array.from({ length: ROUNDS }, (_, round) => FIRST_SEED + round))('an application that runs exactly once, seed %i', (seed) => {
  let cluster: TestCluster
  let apps: Apps
  let run: ExactlyOnceRun | undefined
  let directory: string

  beforeAll(async () => {
    directory = mkdtempSync(path.join(tmpdir(), 'millrace-exactly-'))
    cluster = await TestCluster.start({ 'group.min.session.timeout.ms': 500, 'transaction.abort.timed.out.transaction.cleanup.interval.ms': 300 }, directory)
    apps = new Apps(cluster)
  })
  afterEach(async () => {
    await run?.end()
    await apps.closeAll()
  })
  afterAll(async () => {
    await cluster.close()
    rmSync(directory, { recursive: true, force: true })
  })

  test('should have every result once when processes are killed, stopped for too long, added and taken away, and requests fail', async () => {
    const random = randomFrom(seed)
    const storeType = random() < 0.5 ? 'in_memory' : 'rocksDB'
    const prepared = await ExactlyOnceRun.prepare(cluster, apps, {
      storeType,
      caching: random() < 0.3,
      threads: random() < 0.5 ? 1 : 2,
      standbys: random() < 0.5 ? 0 : 1,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      recordsPerRound: 10,
      pauseMs: 80,
      stepMs: 100,
      patienceMs: 120_000,
    })
    run = prepared
    const provoke = (): void => {
      if (cluster.broker === undefined) return
      failRequests(cluster.broker, { random, applications: prepared.applicationId, transactions: true, isOld: seed % 3 === 0 })
    }
    provoke()
    const living = new Map<string, ChildApp>()
    const scene: Scene = {
      random,
      living,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      isOnDisk: storeType === 'rocksDB',
      canBeSlow: storeType === 'rocksDB',
      start: (directory) => void living.set(directory, prepared.startProcess(directory)),
      newDirectory: () => apps.directory(),
      restartBroker: cluster.broker && (async () => {
        const startBroker = await cluster.stopBroker()
        await startBroker()
        provoke()
      }),
    }
    scene.start(scene.newDirectory())
    scene.start(scene.newDirectory())
    await Promise.all([...living.values()].map((child) => child.running()))
    let isSending = true
    const sending = prepared.sendWhile((round) => round < (LONG_ROUNDS > 0 ? 500 : 130)).finally(() => (isSending = false))
    // it ends with the cluster when something else has failed
    sending.catch(() => {})
    const done: string[] = []
    while (isSending) {
      await pause(500 + random() * 1500)
      for (const child of living.values()) child.check()
      expect(prepared.wrongs()).toEqual([])
      const mischief = chooseMischief(scene)
      done.push(mischief.name)
      await mischief.play(scene)
    }
    await sending
    expect(await prepared.finalDifferences()).toEqual([])
    expect(prepared.ticks).toBeGreaterThan(0)
    for (const child of living.values()) await child.kill('SIGTERM')
    expect(await prepared.differencesInStores(await prepared.startHere())).toEqual([])
    expect(prepared.differences()).toEqual([])
    if (LONG_ROUNDS > 0) process.stdout.write(`seed ${seed}: ${done.join(', ')}; ${prepared.ticks} ticks\n`)
  }, ROUND_MS)
})
