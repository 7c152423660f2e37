import { parseArgs } from 'node:util'
import { Apps, eventually } from '../integration/helpers/apps.ts'
import { FamilyRun } from '../integration/helpers/stateful-run.ts'
import { families } from '../integration/helpers/stateful-topologies.ts'
import type { Family } from '../integration/helpers/stateful-topologies.ts'
import { TestCluster } from '../integration/helpers/test-cluster.ts'
import { buildJava, JavaApps } from './java-apps.ts'

/**
 * `npm run handover -- [--brokers HOST:PORT] [--seed N] [--store rocksDB|in_memory] [--turns java,millrace,…] [--families a,b]
 * [--guarantee exactly_once_v2] [--kill]`: applications that Java Kafka Streams and Millrace run in turns, under the same application.id,
 * on input that does not stop. Each goes on from the offsets and changelogs of the one before it. At the end all results are compared
 * with a model. With `--kill` nobody is asked to stop. Needs Java 17 and Maven.
 */
const { values } = parseArgs({
  options: {
    brokers: { type: 'string' },
    seed: { type: 'string', default: '1' },
    store: { type: 'string', default: 'rocksDB' },
    turns: { type: 'string', default: 'java,millrace,java,millrace' },
    families: { type: 'string' },
    guarantee: { type: 'string', default: 'at_least_once' },
    kill: { type: 'boolean', default: false },
  },
})

/** Not asked for unless named: Java loses records that wait for their grace period when it starts again, also without us. */
const losesInJava: ReadonlySet<Family> = new Set<Family>(['as-of'])

/** Java has no inner join by a foreign key that answers always. */
const onlyHere: ReadonlySet<Family> = new Set<Family>(['foreign-inner'])

/** Each record of theirs makes one result, if it is processed once. */
const oneForOne: readonly Family[] = ['tumbling']

const stopJava = (program: JavaApps): Promise<void> => (values.kill ? program.kill() : program.stop())

/** Those of the other side can join only when no member is left; one that was killed stays until its session has timed out. */
const untilLeft = async ({ admin }: TestCluster, groups: readonly string[]): Promise<void> =>
  eventually(async () => [...(await admin.describeGroups(groups)).values()].every(({ members }) => members.length === 0))

const main = async (): Promise<number> => {
  const classPath = await buildJava()
  if (values.brokers !== undefined) process.env.MILLRACE_BROKERS = values.brokers
  const cluster = await TestCluster.start()
  const apps = new Apps(cluster)
  const named = values.families?.split(',')
  const chosen = families.filter((family) => !onlyHere.has(family) && (named?.includes(family) ?? !losesInJava.has(family)))
  const storeType = values.store === 'in_memory' ? 'in_memory' : 'rocksDB'
  const run = await FamilyRun.prepare(cluster, apps, {
    families: chosen, options: () => ({ storeType, caching: false }),
    seed: Number(values.seed), rounds: 30, recordsPerRound: 10, pauseMs: 50, patienceMs: 60_000,
  })
  // Each side keeps its own files, which are behind when its turn comes again.
  const javaApps = run.apps.map((app) => ({ ...app, stateDir: apps.directory() }))
  const changes = { exactlyOnce: values.guarantee === 'exactly_once_v2' }
  const turns = values.turns.split(',')
  let java: JavaApps | undefined
  try {
    for (const [index, turn] of turns.entries()) {
      const last = index === turns.length - 1
      await untilLeft(cluster, javaApps.map(({ applicationId }) => applicationId))
      const started = Date.now()
      if (turn === 'java') {
        java = new JavaApps(classPath, cluster.bootstrapServers, values.guarantee, javaApps)
        await java.running()
      }
      const ours = turn === 'java' ? undefined : await run.startProcess(() => changes)
      console.log(`turn ${index + 1}: ${turn} runs after ${Date.now() - started} ms`)
      await run.sendAll()
      if (last) break
      if (java !== undefined && ours === undefined) await stopJava(java)
      await ours?.kill(values.kill ? 'SIGKILL' : 'SIGTERM')
    }
    await run.close()
    const wrong = await run.differences()
    for (const family of values.kill && !changes.exactlyOnce ? [] : oneForOne) {
      const [records, results] = [run.workload.events.left.length, run.resultsOf(family)]
      if (chosen.includes(family) && results !== records) wrong[`${family}, results for ${records} records`] = [`${results}`]
    }
    for (const [name, found] of Object.entries(wrong)) console.log(`${name}: ${found.length} wrong, such as ${found.slice(0, 3).join('; ')}`)
    console.log(`${chosen.length - Object.keys(wrong).length} passed, ${Object.keys(wrong).length} failed`)
    return Object.keys(wrong).length === 0 ? 0 : 1
  } finally {
    await java?.kill()
    await run.end()
    await apps.closeAll()
    await cluster.close()
  }
}

process.exitCode = await main()
