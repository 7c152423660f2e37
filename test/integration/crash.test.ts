import { Apps, lastCounts } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const KEYS = 20
const ROUNDS = 60
const CRASHES = 3

describe('an application whose process is killed', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test.each(['memory', 'leveldb', 'lmdb'])('should count every record at least once with a %s store, and keep store and changelog the same', async (engine) => {
    const input = await cluster.topic('events', 2)
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('crash')
    const args = [applicationId, input, output, apps.directory(), engine]
    const reader = await cluster.read(output)
    let sent = 0
    let stop = false
    const sending = (async () => {
      while (!stop && sent < ROUNDS) {
        await cluster.send(input, Array.from({ length: KEYS }, (_, key) => ({ key: `key-${key}`, value: 'x' })))
        sent++
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    })()
    for (let crash = 0; crash < CRASHES; crash++) {
      const child = await apps.startChild('count-child.ts', ...args)
      const before = reader.records.length
      await reader.until((read) => read.length > before + KEYS || sent >= ROUNDS)
      await child.kill('SIGKILL')
    }
    await sending
    const child = await apps.startChild('count-child.ts', ...args)
    const records = await reader.until((read) => {
      const counts = lastCounts(read)
      return counts.size === KEYS && [...counts.values()].every((count) => count >= sent)
    })
    await child.kill('SIGTERM')
    stop = true
    const changelog = await cluster.read(`${applicationId}-counts-changelog`)
    const final = lastCounts(records)
    await changelog.until((read) => read.length >= records.length && [...lastCounts(read)].every(([key, count]) => final.get(key) === count))
    for (const count of final.values()) expect(count).toBeLessThanOrEqual(sent * (CRASHES + 1))
  }, 60_000)
})
