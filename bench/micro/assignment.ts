// How long a leader takes to assign the tasks of a large group, from what members send to what they get, without a broker.
// Run it from the build: node dist/bench/micro/assignment.js --tasks 10000 --instances 200 --threads 4 --standbys 0
import { parseArgs } from 'node:util'
import type { ClusterAdmin, ClusterView, GroupMemberInfo, ListedOffset, TopicMetadata } from '../../lib/client/types.ts'
import { silentLogger } from '../../lib/core/log.ts'
import { systemTime } from '../../lib/core/time.ts'
import { decodeAssignmentInfo } from '../../lib/runtime/assignor/assignment-info.ts'
import { assignmentConfigsOf } from '../../lib/runtime/assignor/configured-assignor.ts'
import { decodeAssignment, encodeSubscription } from '../../lib/runtime/assignor/consumer-protocol.ts'
import { HighAvailabilityTaskAssignor } from '../../lib/runtime/assignor/high-availability-task-assignor.ts'
import { StreamsAssignor } from '../../lib/runtime/assignor/streams-assignor.ts'
import { encodeSubscriptionInfo, RUNNING_TASK } from '../../lib/runtime/assignor/subscription-info.ts'
import { TaskTimeout } from '../../lib/runtime/task-timeout.ts'
import type { InternalTopicManager } from '../../lib/runtime/topics/internal-topic-manager.ts'
import { StreamsConfig } from '../../topology/config.ts'
import type { InternalTopicConfig } from '../../topology/internals/internal-topics.ts'
import type { TopicGroup } from '../../topology/internals/processor-topology.ts'

const SUBTOPOLOGIES = 5
/** So many of them have state. */
const STATEFUL = 4
/** The end of every changelog. */
const END = 1_000_000
const VERSION = 2

interface Tasks {
  readonly active: readonly string[]
  readonly standby: readonly string[]
}

/** The members by id, `instance/thread`, and what each has. */
type Group = ReadonlyMap<string, Tasks>

const topicOf = (subtopology: number): string => `input-${subtopology}`
const changelogOf = (subtopology: number): string => `changelog-${subtopology}`

const topicGroups = (): Map<number, TopicGroup> =>
  new Map(Array.from({ length: SUBTOPOLOGIES }, (_, subtopology) => [subtopology, {
    sourceTopics: new Set([topicOf(subtopology)]),
    sinkTopics: new Set<string>(),
    repartitionSourceTopics: new Map(),
    stateChangelogTopics: subtopology < STATEFUL ? new Map([[changelogOf(subtopology), { name: changelogOf(subtopology), kind: 'changelog' } as unknown as InternalTopicConfig]]) : new Map(),
    copartitionGroups: [],
  }]))

const fakeCluster = (partitions: number): { cluster: ClusterView; admin: ClusterAdmin } => {
  const metadataOf = (name: string): TopicMetadata =>
    ({ name, internal: false, partitions: Array.from({ length: partitions }, () => ({ replicas: [1] })) }) as unknown as TopicMetadata
  const metadata = (topics: readonly string[] = []): Promise<Map<string, TopicMetadata>> => Promise.resolve(new Map(topics.map((name) => [name, metadataOf(name)])))
  const listOffsets = (list: readonly { topic: string; partition: number }[]): Promise<Map<string, ListedOffset>> =>
    Promise.resolve(new Map(list.map(({ topic, partition }) => [`${topic}-${partition}`, { offset: END, timestamp: -1, leaderEpoch: undefined } as unknown as ListedOffset])))
  return {
    cluster: { metadata, brokers: () => [] } as unknown as ClusterView,
    admin: { listOffsets, describeTopics: metadata } as unknown as ClusterAdmin,
  }
}

const membersOf = (group: Group): GroupMemberInfo[] =>
  [...group].map(([memberId, { active, standby }]) => ({
    memberId,
    groupInstanceId: undefined,
    metadata: encodeSubscription({
      topics: Array.from({ length: SUBTOPOLOGIES }, (_, subtopology) => topicOf(subtopology)),
      ownedPartitions: [],
      userData: encodeSubscriptionInfo({
        processId: memberId.split('/')[0]!,
        userEndPoint: undefined,
        taskOffsetSums: new Map([...active.map((id) => [id, RUNNING_TASK] as const), ...standby.map((id) => [id, END] as const)]),
        ownedTasks: active,
        clientTags: {},
        rackId: undefined,
        errorCode: 'none',
        joinCount: 1,
      }, VERSION),
    }),
  }))

const { values } = parseArgs({
  options: { tasks: { type: 'string', default: '10000' }, instances: { type: 'string', default: '200' }, threads: { type: 'string', default: '4' }, standbys: { type: 'string', default: '0' } },
})
const [tasks, instances, threads, numStandbyReplicas] = [values.tasks, values.instances, values.threads, values.standbys].map(Number) as [number, number, number, number]
const { cluster, admin } = fakeCluster(Math.ceil(tasks / SUBTOPOLOGIES))
const assignor = new StreamsAssignor({
  cluster,
  admin,
  groupId: 'app',
  internalTopics: { makeReady: () => Promise.resolve() } as unknown as InternalTopicManager,
  topicGroups,
  taskAssignor: new HighAvailabilityTaskAssignor(),
  configs: assignmentConfigsOf(new StreamsConfig({ numStandbyReplicas })),
  storeNames: () => ['store'],
  timeout: new TaskTimeout('the leader', { time: systemTime, timeoutMs: 60_000 }),
  logger: silentLogger,
})

const instanceOf = (memberId: string): string => memberId.split('/')[0]!

const newInstance = (name: string): [string, Tasks][] => Array.from({ length: threads }, (_, thread) => [`${name}/${thread}`, { active: [], standby: [] }])

const spread = (sizes: readonly number[]): number => Math.max(...sizes) - Math.min(...sizes)

const total = (group: Group, key: (memberId: string) => string): number[] => {
  const sums = new Map<string, number>()
  for (const [memberId, { active }] of group) sums.set(key(memberId), (sums.get(key(memberId)) ?? 0) + active.length)
  return [...sums.values()]
}

/** One rebalance: what everybody has afterwards. */
const rebalance = async (what: string, group: Group): Promise<Group> => {
  const members = membersOf(group)
  const [startMs, start] = [performance.now(), process.cpuUsage()]
  const assigned = await assignor.assign(members, VERSION)
  const ms = performance.now() - startMs
  const cpu = process.cpuUsage(start)
  let bytes = 0
  const after = new Map<string, Tasks>()
  let isToFollow = false
  for (const [memberId, encoded] of assigned) {
    bytes += encoded.length
    const info = decodeAssignmentInfo(decodeAssignment(encoded).userData, VERSION)
    isToFollow ||= info.followupRebalanceMs === 0
    after.set(memberId, { active: [...info.activeTasks.keys()], standby: [...info.standbyTasks.keys()] })
  }
  const owners = new Map([...group].flatMap(([memberId, { active }]) => active.map((id) => [id, instanceOf(memberId)] as const)))
  let given = 0
  let moved = 0
  for (const [memberId, { active }] of after) {
    for (const id of active) {
      given++
      if (owners.has(id) && owners.get(id) !== instanceOf(memberId)) moved++
    }
  }
  const byInstance = spread(total(after, instanceOf))
  const byThread = spread(total(after, (id) => id))
  const cpuMs = Math.round((cpu.user + cpu.system) / 1000)
  console.log(
    `${what.padEnd(38)} ${String(Math.round(ms)).padStart(5)} ms (cpu ${cpuMs} ms)  ${given} tasks, moved ${moved}; differences: instances ${byInstance}, threads ${byThread}; ` +
      `${Math.round(bytes / 1024)} KB of assignments${isToFollow ? '; a rebalance follows' : ''}`,
  )
  return after
}

const main = async (): Promise<void> => {
  console.log(`${tasks} tasks (${STATEFUL} of ${SUBTOPOLOGIES} have state), ${instances} instances with ${threads} threads, ${numStandbyReplicas} standbys`)
  const start: Group = new Map(Array.from({ length: instances }, (_, at) => newInstance(`i${at}`)).flat())
  const running = await rebalance('all start', start)
  const steady = await rebalance('nothing has changed', running)
  let group = await rebalance('an instance comes: tasks are given up', new Map([...steady, ...newInstance('new')]))
  group = await rebalance('… and given to it; state is restored', group)
  for (let round = 0; round < 2; round++) group = await rebalance('… probing', group)
  await rebalance('an instance goes', new Map([...steady].filter(([id]) => instanceOf(id) !== 'i7')))
}

void main()
