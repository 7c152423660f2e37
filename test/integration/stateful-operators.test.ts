import { setTimeout as pause } from 'node:timers/promises'
import { Apps } from './helpers/apps.ts'
import { FamilyRun, queryable } from './helpers/stateful-run.ts'
import type { RunOptions } from './helpers/stateful-run.ts'
import { families } from './helpers/stateful-topologies.ts'
import type { Family, FamilyOptions } from './helpers/stateful-topologies.ts'
import { randomFrom } from './helpers/stateful-workload.ts'
import { TestCluster } from './helpers/test-cluster.ts'

/** Any number of rounds with other seeds, and more crashes in each: for the night. */
const LONG_ROUNDS = Number(process.env.MILLRACE_CRASH_ROUNDS ?? 0)
const ROUNDS = Math.max(1, LONG_ROUNDS)
const CRASHES = LONG_ROUNDS > 0 ? 5 : 2
const FIRST_SEED = Number(process.env.MILLRACE_CRASH_SEED ?? 1)
const ROUND_MS = 300_000

/**
 * As in Java, a row that comes and goes between two commits is nothing to a cached table: when a crash comes between the
 * changelog's record of a deletion and the records downstream, these are not repeated.
 */
const losesDeletions: ReadonlySet<Family> = new Set<Family>(['foreign-inner', 'foreign-left', 'table-inner', 'table-outer', 'table-groups'])

describe.each(Array.from({ length: ROUNDS }, (_, round) => FIRST_SEED + round))('operators with state, seed %i', (seed) => {
  let cluster: TestCluster
  let apps: Apps
  let run: FamilyRun | undefined

  beforeAll(async () => {
    cluster = await TestCluster.start({ 'transaction.abort.timed.out.transaction.cleanup.interval.ms': 300 })
    apps = new Apps(cluster)
  })
  afterEach(async () => {
    await run?.end()
    await apps.closeAll()
  })
  afterAll(() => cluster.close())

  const prepare = async (options: (family: Family) => FamilyOptions, given: Partial<RunOptions> = {}): Promise<FamilyRun> => {
    run = await FamilyRun.prepare(cluster, apps, {
      families, options, seed, rounds: LONG_ROUNDS > 0 ? 150 : 60, recordsPerRound: 10, pauseMs: 30, patienceMs: 60_000, ...given,
    })
    return run
  }

  test.each(['at least once', 'exactly once'])('should have every result, %s, and no wrong one, when their process is killed again and again', async (guarantee) => {
    const random = randomFrom(seed)
    const exactlyOnce = guarantee === 'exactly once'
    const options = (family: Family): FamilyOptions => {
      const storeType = random() < 0.5 ? 'in_memory' : 'rocksDB'
      return { storeType, caching: random() < 0.5 && (exactlyOnce || !losesDeletions.has(family)) }
    }
    const prepared = await prepare(options, { exactlyOnce })
    const sending = prepared.sendAll()
    for (let crash = 0; crash < CRASHES; crash++) {
      if (crash > 0 && random() < 0.3) prepared.moveToFreshDirectories()
      const child = await prepared.startProcess()
      await pause(200 + random() * 1000)
      child.check()
      await child.kill('SIGKILL')
    }
    await sending
    await prepared.close()
    const instances = await prepared.startHere()
    expect(await prepared.differences()).toEqual({})
    if (exactlyOnce) for (const family of families) expect({ [family]: prepared.twice(family) }).toEqual({ [family]: [] })
    const inStores: Record<string, string[]> = {}
    for (const family of queryable) inStores[family] = await prepared.differencesInStore(family, instances.get(family)!)
    expect(inStores).toEqual(Object.fromEntries(queryable.map((family) => [family, []])))
  }, ROUND_MS)

  test('should have every result, and no wrong one, when a second instance comes and goes', async () => {
    const random = randomFrom(seed + 1000)
    const prepared = await prepare(() => ({ storeType: random() < 0.5 ? 'in_memory' : 'rocksDB', caching: random() < 0.5 }))
    const first = await prepared.startProcess(() => ({}))
    const sending = prepared.sendAll()
    await pause(300)
    const second = await prepared.startProcess(({ family }) => ({ stateDir: apps.directory(), family }))
    await pause(300)
    await second.kill('SIGTERM')
    await sending
    await prepared.close()
    expect(await prepared.differences()).toEqual({})
    first.check()
    await first.kill('SIGTERM')
  }, ROUND_MS)

  test('should go on when records have no key, no value, garbage, or times long ago and far ahead', async () => {
    const random = randomFrom(seed + 2000)
    const prepared = await prepare(() => ({ storeType: random() < 0.5 ? 'in_memory' : 'rocksDB', caching: random() < 0.5 }))
    const instances = await prepared.startHere({ skipsFailures: true })
    await prepared.sendBadAndGood('good')
    await prepared.allHave('good')
    expect([...instances].filter(([, { state }]) => state !== 'RUNNING')).toEqual([])
  }, ROUND_MS)
})
