import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { Apps, eventually, lastCounts } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

const KEYS = 20
const ROUNDS = 60
const CRASHES = 3

describe('an application whose process is killed', () => {
  let cluster: TestCluster
  let apps: Apps
  const children = new Set<ChildProcess>()

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    children.clear()
    await apps.closeAll()
  })
  afterAll(() => cluster.close())

  const startChild = async (...args: string[]): Promise<ChildProcess> => {
    const script = path.resolve('test/integration/helpers/count-child.ts')
    const child = spawn(process.execPath, ['--import', 'tsx', script, cluster.bootstrapServers, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.add(child)
    let printed = ''
    child.stdout?.on('data', (bytes: Buffer) => (printed += bytes.toString()))
    await eventually(() => printed.includes('RUNNING\n') || child.exitCode !== null)
    return child
  }

  const kill = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
    children.delete(child)
  }

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
      const child = await startChild(...args)
      const before = reader.records.length
      await reader.until((read) => read.length > before + KEYS || sent >= ROUNDS)
      await kill(child, 'SIGKILL')
    }
    await sending
    const child = await startChild(...args)
    const records = await reader.until((read) => {
      const counts = lastCounts(read)
      return counts.size === KEYS && [...counts.values()].every((count) => count >= sent)
    })
    await kill(child, 'SIGTERM')
    stop = true
    const changelog = await cluster.read(`${applicationId}-counts-changelog`)
    const final = lastCounts(records)
    await changelog.until((read) => read.length >= records.length && [...lastCounts(read)].every(([key, count]) => final.get(key) === count))
    for (const count of final.values()) expect(count).toBeLessThanOrEqual(sent * (CRASHES + 1))
  }, 60_000)
})
