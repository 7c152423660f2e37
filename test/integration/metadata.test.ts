import { Apps, eventually, keyCount } from './helpers/apps.ts'
import { TestCluster } from './helpers/test-cluster.ts'

describe('the metadata of tasks and threads', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  test('should tell how far inputs are committed and go, since when a task is idle, and what clients are called', async () => {
    const input = await cluster.topic('events')
    const output = await cluster.topic('counts')
    await cluster.send(input, ['a', 'b', 'c'].map((key) => ({ key, value: 'x' })))
    const config = { applicationId: cluster.unique('metadata'), stateDir: apps.directory(), clientId: 'mine' }
    const before = Date.now()
    const streams = await apps.start(keyCount(input, output, 'leveldb'), config)
    const tasks = () => streams.metadataForLocalThreads().flatMap(({ activeTasks }) => activeTasks)
    await eventually(() => tasks()[0]?.committedOffsets[0]?.offset === 3 && tasks()[0]?.timeCurrentIdlingStarted !== undefined)
    expect(tasks()).toMatchObject([{ taskId: '0_0', isRunning: true, committedOffsets: [{ topic: input, partition: 0, offset: 3 }], endOffsets: [{ topic: input, partition: 0, offset: 3 }] }])
    expect(tasks()[0]!.timeCurrentIdlingStarted).toBeGreaterThanOrEqual(before)
    expect(streams.metadataForLocalThreads()).toMatchObject([
      {
        threadName: 'mine-StreamThread-1',
        consumerClientId: 'mine-StreamThread-1-consumer', restoreConsumerClientId: 'mine-StreamThread-1-restore-consumer',
        producerClientIds: ['mine-StreamThread-1-producer'], adminClientId: 'mine-admin',
      },
    ])
    await streams.close()
    // what was committed before this run
    const again = await apps.start(keyCount(input, output, 'leveldb'), config)
    expect(again.metadataForLocalThreads()[0]!.activeTasks[0]!.committedOffsets).toEqual([{ topic: input, partition: 0, offset: 3 }])
  })
})
