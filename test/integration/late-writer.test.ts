import { Apps, eventually, keyCount } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { ReadRecord } from './helpers/test-cluster.ts'

const numberOf = ({ value }: ReadRecord): number => Number(value?.readBigInt64BE() ?? -1)

describe('a process that was stopped for longer than its session', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.embedded(undefined, { 'group.min.session.timeout.ms': 500 })
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test('should not write behind the new owner of its tasks what it still held, at least once', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('late')
    const child = await apps.startChild('stopping-child.ts', applicationId, input, output, apps.directory())
    const events = (...values: string[]): Promise<void> => cluster.send(input, values.map((value) => ({ key: 'k', value })))
    await events('one', 'two', 'stop')
    await eventually(() => child.printed.includes('STOPPED'))

    const streams = await apps.start(keyCount(input, output), { applicationId, consumer: { 'session.timeout.ms': 1000, 'heartbeat.interval.ms': 100 } })
    await events('four', 'five')
    const changelog = await cluster.read(`${applicationId}-counts-changelog`)
    await changelog.until((records) => records.some((record) => numberOf(record) >= 5))
    const runs = (): number => child.printed.split('RUNNING\n').length
    const runsBefore = runs()
    child.signal('SIGCONT')
    await eventually(() => runs() > runsBefore && streams.state === 'RUNNING')
    await events('six')
    const numbers = (await changelog.until((records) => records.some((record) => numberOf(record) >= 6))).map(numberOf)
    expect(numbers.slice(numbers.indexOf(5))).toEqual([5, 6])
  }, 30_000)
})
