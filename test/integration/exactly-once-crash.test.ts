import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import { produce } from '../../lib/protocol/messages/00-produce.ts'
import { apiVersions } from '../../lib/protocol/messages/18-api-versions.ts'
import { initProducerId } from '../../lib/protocol/messages/22-init-producer-id.ts'
import { endTxn } from '../../lib/protocol/messages/26-end-txn.ts'
import { txnOffsetCommit } from '../../lib/protocol/messages/28-txn-offset-commit.ts'
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

/** How the requests of a transaction may fail: first what passes by itself, then what loses the transaction. */
const { COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR, NOT_LEADER_OR_FOLLOWER } = errorCodes
const { CONCURRENT_TRANSACTIONS, TRANSACTION_ABORTABLE, PRODUCER_FENCED, ILLEGAL_GENERATION } = errorCodes
const FAULTS = [
  { api: produce.key, passing: NOT_LEADER_OR_FOLLOWER, losing: TRANSACTION_ABORTABLE },
  { api: endTxn.key, passing: COORDINATOR_LOAD_IN_PROGRESS, losing: PRODUCER_FENCED },
  { api: txnOffsetCommit.key, passing: COORDINATOR_NOT_AVAILABLE, losing: ILLEGAL_GENERATION },
  { api: initProducerId.key, passing: CONCURRENT_TRANSACTIONS, losing: NOT_COORDINATOR },
] as const
/** How many of a hundred requests fail. */
const FAULTS_PERCENT = 1

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
    const prepared = await ExactlyOnceRun.prepare(cluster, apps, {
      storeType: random() < 0.5 ? 'in_memory' : 'rocksDB',
      caching: random() < 0.3,
      threads: random() < 0.5 ? 1 : 2,
      standbys: random() < 0.5 ? 0 : 1,
      sessionTimeoutMs: SESSION_TIMEOUT_MS,
      rounds: LONG_ROUNDS > 0 ? 500 : 130,
      recordsPerRound: 10,
      pauseMs: 80,
      patienceMs: 120_000,
    })
    run = prepared
    // an older cluster: transactions v1
    const isOld = seed % 3 === 0
    const provoke = (): void => {
      if (isOld) cluster.broker?.control(apiVersions.key, () => ({ alter: (response) => ({ ...response, finalizedFeatures: [] }) }))
      for (const { api, passing, losing } of FAULTS) {
        cluster.broker?.control(api, ({ clientId }) => {
          if (!clientId.startsWith(prepared.applicationId) || random() * 100 > FAULTS_PERCENT) return undefined
          const kind = random()
          if (kind < 0.3) return { disconnect: 'after' }
          if (kind < 0.4) return { disconnect: 'before' }
          if (kind < 0.6) return { error: passing }
          // done, and told that it was not
          if (kind < 0.8 && api === endTxn.key) return { alter: (response) => ({ ...response, errorCode: losing }) }
          return { error: losing }
        })
      }
    }
    provoke()
    const living = new Map<string, ChildApp>()
    const start = (directory: string): void => void living.set(directory, prepared.startProcess(directory))
    start(apps.directory())
    start(apps.directory())
    await Promise.all([...living.values()].map((child) => child.running()))
    let isSending = true
    const sending = prepared.sendAll().finally(() => (isSending = false))
    // it ends with the cluster when something else has failed
    sending.catch(() => {})
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
      } else if (action < 0.88 && cluster.broker !== undefined) {
        done.push('restart')
        const startBroker = await cluster.stopBroker()
        await startBroker()
        provoke()
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
