import type { Holding } from '../consumer/reconciliation.ts'
import { NOTHING_HELD } from '../consumer/consumer-member.ts'
import type { PartitionEpochs, TopicPartitions } from '../consumer/topic-partitions.ts'
import type { Tasks } from './task-assignor.ts'

export interface KeyValue {
  readonly key: string
  readonly value: string
}

export interface UserEndpoint {
  readonly host: string
  readonly port: number
}

export interface TaskOffset {
  readonly subtopologyId: string
  readonly partition: number
  readonly offset: number
}

/** A member of a streams group: one thread of an application. */
export interface StreamsMember {
  readonly id: string
  rackId: string | undefined
  clientId: string
  clientHost: string
  rebalanceTimeoutMs: number
  topologyEpoch: number
  processId: string
  userEndpoint: UserEndpoint | undefined
  clientTags: readonly KeyValue[]
  taskOffsets: readonly TaskOffset[]
  taskEndOffsets: readonly TaskOffset[]
  /** Its tasks, by role and subtopology: see {@link joined}. */
  holding: Holding
}

export const newStreamsMember = (id: string): StreamsMember => ({
  id,
  rackId: undefined,
  clientId: '',
  clientHost: '',
  rebalanceTimeoutMs: -1,
  topologyEpoch: -1,
  processId: '',
  userEndpoint: undefined,
  clientTags: [],
  taskOffsets: [],
  taskEndOffsets: [],
  holding: NOTHING_HELD,
})

export type Role = keyof Tasks
export const ROLES: readonly Role[] = ['active', 'standby', 'warmup']

/** Tasks of all roles as partitions of `active/…`, `standby/…` and `warmup/…`: what reconciliation works on. */
export const joined = (tasks: Tasks): TopicPartitions => new Map(ROLES.flatMap((role) => [...tasks[role]].map(([subtopologyId, partitions]) => [`${role}/${subtopologyId}`, partitions] as const)))

/** The role and the subtopology of a key of {@link joined}. */
export const roleAndSubtopology = (key: string): readonly [role: Role, subtopologyId: string] => {
  const slash = key.indexOf('/')
  return [key.slice(0, slash) as Role, key.slice(slash + 1)]
}

/** The opposite of {@link joined}. */
export const separated = (partitions: TopicPartitions | PartitionEpochs): Tasks => {
  const tasks = { active: new Map<string, ReadonlySet<number>>(), standby: new Map<string, ReadonlySet<number>>(), warmup: new Map<string, ReadonlySet<number>>() }
  for (const [key, of] of partitions) {
    const [role, subtopologyId] = roleAndSubtopology(key)
    tasks[role].set(subtopologyId, new Set(of.keys()))
  }
  return tasks
}

export interface TaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

export const tasksFromIds = (ids: readonly TaskIds[]): TopicPartitions => new Map(ids.map(({ subtopologyId, partitions }) => [subtopologyId, new Set(partitions)]))

export const idsOfTasks = (tasks: TopicPartitions): TaskIds[] => [...tasks].map(([subtopologyId, partitions]) => ({ subtopologyId, partitions: [...partitions].sort((a, b) => a - b) }))
