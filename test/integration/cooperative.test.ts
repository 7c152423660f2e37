import { Serdes, StreamsBuilder } from '../../lib/index.ts'
import type { KafkaStreams, Record, Topology } from '../../lib/index.ts'
import { Apps, eventually, keyCount } from './helpers/apps.ts'
import { OtherMember } from './helpers/other-member.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { TopicReader } from './helpers/test-cluster.ts'

const PARTITIONS = 6
const text = { key: Serdes.string, value: Serdes.string }

const tasksOf = (streams: KafkaStreams): string[] => streams.metadataForLocalThreads().flatMap(({ activeTasks }) => activeTasks.map(({ taskId }) => taskId)).sort()
const partitionsOf = (streams: KafkaStreams): number[] => tasksOf(streams).map((id) => Number(id.slice(2)))

describe('a rebalance', () => {
  let cluster: TestCluster
  let apps: Apps
  let others: OtherMember[]

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  beforeEach(() => {
    others = []
  })
  let isOver: boolean
  afterEach(async () => {
    isOver = true
    for (const other of others) await other.leave()
    await apps.closeAll()
  })
  afterAll(() => cluster.close())

  const join = (applicationId: string, topic: string, version: 1 | 2): OtherMember => {
    const other = new OtherMember(cluster, applicationId, [topic], version)
    others.push(other)
    return other
  }

  /** Sends a record to each partition, and waits until it has come through. */
  const comesThrough = async (input: string, reader: TopicReader, partitions: readonly number[], value: string): Promise<void> => {
    for (const partition of partitions) await cluster.send(input, [{ partition, key: `p${partition}`, value }])
    await reader.until((read) => partitions.every((partition) => read.some((record) => record.key?.toString() === `p${partition}` && record.value?.toString() === value)))
  }

  const copy = (input: string, output: string): Topology => {
    const builder = new StreamsBuilder()
    builder.stream(input, text).to(output, text)
    return builder.build()
  }

  test.each(['at_least_once', 'exactly_once_v2'] as const)('should let tasks process and commit while the group waits for a member (%s)', async (processingGuarantee) => {
    const input = await cluster.topic('in', PARTITIONS)
    const output = await cluster.topic('out')
    const applicationId = cluster.unique('while-waiting')
    const app = await apps.start(copy(input, output), { applicationId, processingGuarantee })
    const slow = join(applicationId, input, 2)
    await eventually(() => slow.tasks.length === 3 && app.state === 'RUNNING')
    slow.hold()
    const before = slow.generation
    const third = join(applicationId, input, 2)
    const reader = await cluster.read(output, 'read_committed')
    for (const round of ['1', '2', '3']) await comesThrough(input, reader, partitionsOf(app), round)
    const committed = await cluster.admin.listGroupOffsets(applicationId)
    expect(partitionsOf(app)).toHaveLength(3)
    await eventually(async () => {
      const offsets = await cluster.admin.listGroupOffsets(applicationId)
      return partitionsOf(app).every((partition) => (offsets.get(`${input}-${partition}`)?.offset ?? 0) >= 3)
    })
    expect(committed.size).toBeGreaterThan(0)
    expect([slow.generation, third.tasks]).toEqual([before, []])
    slow.letGo()
    await eventually(() => third.tasks.length === 2 && slow.tasks.length === 2 && tasksOf(app).length === 2)
    await comesThrough(input, reader, partitionsOf(app), '4')
    // nothing was done twice for having been committed in the middle of it
    const counts = new Map<string, number>()
    for (const { key, value } of reader.records) counts.set(`${key?.toString()} ${value?.toString()}`, (counts.get(`${key?.toString()} ${value?.toString()}`) ?? 0) + 1)
    expect([...counts.values()].every((count) => count === 1)).toBe(true)
  })

  test('should never give a task two owners, nor interrupt one that stays, while instances come and go', async () => {
    const input = await cluster.topic('in', PARTITIONS)
    const output = await cluster.topic('out')
    const applicationId = cluster.unique('rolling')
    const reader = await cluster.read(output)
    const owners = new Map<string, string>()
    const began = new Map<string, string[]>()
    const wrong: string[] = []
    const watched = (instance: string): Topology => {
      const builder = new StreamsBuilder()
      builder
        .stream(input, text)
        .process(() => {
          let task = ''
          let forward: (record: Record<string, string>) => void = () => {}
          return {
            init: (context) => {
              task = context.taskId.toString()
              if (owners.has(task)) wrong.push(`${task} begins in ${instance} and is still in ${owners.get(task)}`)
              owners.set(task, instance)
              began.set(task, [...(began.get(task) ?? []), instance])
              forward = (record) => context.forward(record)
            },
            process: (record) => {
              if (owners.get(task) !== instance) wrong.push(`${task} processes in ${instance} and belongs to ${owners.get(task)}`)
              forward(record)
            },
            close: () => {
              if (owners.get(task) !== instance) wrong.push(`${task} ends in ${instance} and belongs to ${owners.get(task)}`)
              owners.delete(task)
            },
          }
        })
        .to(output, text)
      return builder.build()
    }
    isOver = false
    let sent = 0
    const feed = (async () => {
      for (; !isOver; sent += PARTITIONS) {
        await cluster.send(input, Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, key: `p${partition}`, value: String(sent + partition) })))
      }
    })()
    const first = await apps.start(watched('first'), { applicationId, numStreamThreads: 2 })
    const second = await apps.start(watched('second'), { applicationId })
    const third = await apps.start(watched('third'), { applicationId })
    await eventually(() => [first, second, third].every(({ state }) => state === 'RUNNING') && tasksOf(third).length > 0)
    const keptByFirst = tasksOf(first)
    expect(keptByFirst).toHaveLength(3)
    for (const task of keptByFirst) expect(began.get(task)!.every((instance) => instance === 'first')).toBe(true)
    const keptBySecond = tasksOf(second)
    await third.close()
    await eventually(() => tasksOf(first).length + tasksOf(second).length === PARTITIONS && owners.size === PARTITIONS)
    isOver = true
    await feed
    await reader.until((read) => read.length >= sent)
    expect(wrong).toEqual([])
    expect(reader.records.length).toBe(sent)
    for (const task of keptBySecond) expect(began.get(task)![began.get(task)!.length - 1]).toBe('second')
    expect(began.size).toBe(PARTITIONS)
  })

  test('should move stateful tasks between the threads of one instance without losing what they counted', async () => {
    const input = await cluster.topic('in', PARTITIONS)
    const output = await cluster.topic('counts')
    const applicationId = cluster.unique('threads')
    const reader = await cluster.read(output)
    const send = (): Promise<void> => cluster.send(input, Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, key: `p${partition}`, value: 'x' })))
    const app = await apps.start(keyCount(input, output, 'lmdb'), { applicationId })
    await send()
    app.addStreamThread()
    await send()
    await eventually(() => app.state === 'RUNNING' && app.metadataForLocalThreads().every(({ activeTasks }) => activeTasks.length === 3))
    await send()
    await reader.until((read) => read.length >= 3 * PARTITIONS)
    expect(reader.records.map(({ key, value }) => `${key?.toString()}=${value?.readBigInt64BE()}`).sort()).toEqual(
      Array.from({ length: PARTITIONS }, (_, partition) => ['1', '2', '3'].map((count) => `p${partition}=${count}`)).flat().sort(),
    )
  })
})

describe('a group with members of the release before', () => {
  let cluster: TestCluster
  let apps: Apps

  beforeAll(async () => {
    cluster = await TestCluster.start()
    apps = new Apps(cluster)
  })
  afterEach(() => apps.closeAll())
  afterAll(() => cluster.close())

  const copies = async (): Promise<{ readonly input: string; readonly topology: Topology }> => {
    const input = await cluster.topic('in', 4)
    const builder = new StreamsBuilder()
    builder.stream(input, text).to(await cluster.topic('out'), text)
    return { input, topology: builder.build() }
  }

  const protocolOf = async (applicationId: string): Promise<string> => (await cluster.admin.describeGroups([applicationId])).get(applicationId)?.protocol ?? ''

  test('should speak their protocol, and the new one as soon as the last of them has gone', async () => {
    const { input, topology } = await copies()
    const applicationId = cluster.unique('bounce')
    const app = await apps.start(topology, { applicationId })
    const older = new OtherMember(cluster, applicationId, [input], 1)
    await eventually(() => older.tasks.length === 2 && app.state === 'RUNNING' && tasksOf(app).length === 2)
    expect(await protocolOf(applicationId)).toBe('millrace-stream')
    const second = await apps.start(topology, { applicationId })
    await eventually(() => older.tasks.length >= 1 && tasksOf(second).length >= 1)
    expect(await protocolOf(applicationId)).toBe('millrace-stream')
    await older.leave()
    await eventually(() => tasksOf(app).length === 2 && tasksOf(second).length === 2)
    expect(await protocolOf(applicationId)).toBe('millrace-stream-2')
  })

  test('should refuse one of them when all others have spoken the new protocol for a while', async () => {
    const { input, topology } = await copies()
    const applicationId = cluster.unique('late')
    const app = await apps.start(topology, { applicationId })
    const second = await apps.start(topology, { applicationId })
    await eventually(() => tasksOf(app).length === 2 && tasksOf(second).length === 2 && app.state === 'RUNNING')
    const older = new OtherMember(cluster, applicationId, [input], 1)
    await eventually(() => older.failure !== undefined)
    expect(older.failure?.message).toContain('INCONSISTENT_GROUP_PROTOCOL')
    expect([app.state, second.state]).toEqual(['RUNNING', 'RUNNING'])
  })
})
