import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Apps } from '../integration/helpers/apps.ts'
import type { ChildApp } from '../integration/helpers/child-app.ts'
import { ExactlyOnceRun } from '../integration/helpers/exactly-once-run.ts'
import { chooseMischief } from '../integration/helpers/mischief.ts'
import type { Scene } from '../integration/helpers/mischief.ts'
import { SmallDisk } from '../integration/helpers/small-disk.ts'
import { randomFrom } from '../integration/helpers/stateful-workload.ts'
import { TestCluster } from '../integration/helpers/test-cluster.ts'
import { brokersAt, embeddedBroker } from './brokers.ts'
import type { ChaosOptions, Guarantee } from './options.ts'

const SESSION_TIMEOUT_MS = { embedded: 1500, real: 6000 }
const PATIENCE_MS = 180_000
/** How `TestCluster.unique` begins the names of these applications, and these their client ids. */
const APPLICATIONS = 'exactly-'

/** What a phase has come to. */
export interface PhaseResult {
  /** How it was set up. */
  readonly setting: string
  readonly records: number
  /** How often each fault was injected, by its name and how it went. */
  readonly faults: ReadonlyMap<string, number>
  readonly leftOut: readonly string[]
  /** What the outputs and stores have wrong. */
  readonly wrong: readonly string[]
  /** What ended the phase early. */
  readonly error: unknown
}

/** One application in several processes on input that does not stop for `ms`, among faults; then a comparison with the model. */
export const runPhase = async (options: ChaosOptions, guarantee: Guarantee, seed: number, ms: number): Promise<PhaseResult> => {
  const random = randomFrom(seed)
  const storeType = random() < 0.3 ? 'in_memory' : 'rocksDB'
  const chosen = { guarantee, storeType, caching: random() < 0.3, threads: random() < 0.5 ? 1 : 2, standbys: random() < 0.5 ? 0 : 1, workers: random() < 0.3 } as const
  const isEmbedded = options.brokers === undefined
  const isOld = isEmbedded && random() < 0.3
  const faults = new Map<string, number>()
  const count = (name: string, times = 1): void => void faults.set(name, (faults.get(name) ?? 0) + times)
  const result = (records: number, leftOut: readonly string[], wrong: readonly string[], error?: unknown): PhaseResult => ({
    setting: [
      guarantee, `seed ${seed}`, storeType, `${chosen.threads} threads`, `${chosen.standbys} standbys`,
      ...(chosen.workers ? ['in workers'] : []), ...(chosen.caching ? ['caches'] : []), ...(isOld ? ['transactions v1'] : []),
    ].join(', '),
    records, faults, leftOut, wrong, error,
  })

  const root = mkdtempSync(path.join(tmpdir(), 'millrace-disk-'))
  const disk = storeType === 'rocksDB' ? SmallDisk.mount(root) : undefined
  const brokers = options.brokers === undefined
    ? await embeddedBroker({ seed, applications: APPLICATIONS, transactions: guarantee === 'exactly_once_v2', isOld })
    : brokersAt(options.brokers, options.restart)
  const leftOut = [
    ...(storeType === 'in_memory' ? ['slow and full disk: stores are in memory'] : disk === undefined ? ['full disk: no file system may be mounted'] : []),
    ...(chosen.workers && storeType === 'rocksDB' ? ['slow disk: stores are in workers'] : []),
    ...(brokers.restart === undefined ? ['broker restart: no --restart'] : []),
    ...(isEmbedded ? [] : ['failed requests, broker kill -9: not the embedded broker']),
  ]
  const cluster = TestCluster.at(brokers.bootstrapServers)
  const apps = new Apps(cluster)
  let run: ExactlyOnceRun | undefined
  const living = new Map<string, ChildApp>()
  try {
    const sessionTimeoutMs = SESSION_TIMEOUT_MS[isEmbedded ? 'embedded' : 'real']
    const started = await ExactlyOnceRun.prepare(cluster, apps, {
      ...chosen, sessionTimeoutMs, recordsPerRound: 20, pauseMs: 80, stepMs: 20, patienceMs: PATIENCE_MS,
    })
    run = started
    const scene: Scene = {
      random, living, sessionTimeoutMs, disk,
      isOnDisk: storeType === 'rocksDB',
      canBeSlow: storeType === 'rocksDB' && !chosen.workers,
      start: (directory) => void living.set(directory, started.startProcess(directory)),
      newDirectory: () => (disk !== undefined && !living.has(disk.directory) ? disk.directory : apps.directory()),
      restartBroker: brokers.restart,
      killBroker: brokers.kill,
    }
    scene.start(scene.newDirectory())
    scene.start(scene.newDirectory())
    await Promise.all([...living.values()].map((child) => child.running()))
    const end = Date.now() + ms
    let failed: unknown
    const sending = started.sendWhile(() => failed === undefined && Date.now() < end)
    sending.catch((error: unknown) => (failed ??= error))
    try {
      while (Date.now() < end && failed === undefined) {
        await pause(500 + random() * 1500)
        brokers.check()
        for (const child of living.values()) child.check()
        const wrongs = started.wrongs()
        if (wrongs.length > 0) return result(started.sent, leftOut, wrongs)
        const mischief = chooseMischief(scene)
        const how = await mischief.play(scene)
        count(typeof how === 'string' ? `${mischief.name} (${how})` : mischief.name)
      }
    } catch (error) {
      failed ??= error
    }
    await sending
    if (failed !== undefined) throw failed
    const wrong = await started.finalDifferences()
    for (const child of living.values()) child.check()
    for (const child of living.values()) await child.kill('SIGTERM')
    // on with the files of one of them
    const streams = await started.startHere([...living.keys()].find((directory) => directory !== disk?.directory))
    wrong.push(...(await started.differencesInStores(streams)), ...started.differences())
    return result(started.sent, leftOut, [...new Set(wrong)])
  } catch (error) {
    return result(run?.sent ?? 0, leftOut, run?.wrongs() ?? [], error)
  } finally {
    if (brokers.failedRequests > 0) count('failed request', brokers.failedRequests)
    await run?.end()
    await apps.closeAll()
    await cluster.close()
    await brokers.close()
    disk?.unmount()
    rmSync(root, { recursive: true, force: true })
  }
}
