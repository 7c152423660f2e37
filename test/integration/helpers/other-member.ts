import { randomUUID } from 'node:crypto'
import { GroupMember } from '../../../lib/client/group.ts'
import { decodeAssignmentInfo } from '../../../lib/runtime/assignor/assignment-info.ts'
import { decodeAssignment, encodeSubscription } from '../../../lib/runtime/assignor/consumer-protocol.ts'
import { encodeSubscriptionInfo } from '../../../lib/runtime/assignor/subscription-info.ts'
import type { MetadataVersion } from '../../../lib/runtime/assignor/subscription-info.ts'
import type { TestCluster } from './test-cluster.ts'

const NAMES: Readonly<Record<MetadataVersion, string>> = { 1: 'millrace-stream', 2: 'millrace-stream-2' }

/** A member of an application's group that speaks one version of our protocol, processes nothing, and joins when the test lets it. */
export class OtherMember {
  /** Its active tasks by the last assignment. */
  tasks: readonly string[] = []
  /** Why it cannot be a member. */
  failure: Error | undefined
  readonly #member: GroupMember
  readonly #processId = randomUUID()
  #joins = 0
  #held: { readonly wait: Promise<void>; readonly letGo: () => void } | undefined

  constructor(cluster: TestCluster, applicationId: string, topics: readonly string[], version: MetadataVersion) {
    this.#member = new GroupMember(cluster.cluster, {
      groupId: applicationId,
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 30_000,
      heartbeatIntervalMs: 100,
      protocols: [{ name: NAMES[version], metadata: () => this.#metadata(topics, version) }],
      assign: () => Promise.reject(new Error('it is not made to lead')),
      onAssignment: (bytes) => {
        this.tasks = [...decodeAssignmentInfo(decodeAssignment(bytes).userData, version).activeTasks.keys()]
      },
      // what an older member does: it stops its tasks, and still says that it had them
      onRevoke: () => this.#held?.wait,
      onError: (error) => {
        this.failure = error
      },
    })
    this.#member.join().catch(() => {})
  }

  get generation(): number {
    return this.#member.generation
  }

  /** From now on it lets others wait when the group rebalances, until {@link letGo}. */
  hold(): void {
    let letGo: () => void = () => {}
    const wait = new Promise<void>((resolve) => {
      letGo = resolve
    })
    this.#held = { wait, letGo }
  }

  letGo(): void {
    this.#held?.letGo()
    this.#held = undefined
  }

  async leave(): Promise<void> {
    this.letGo()
    await this.#member.leave()
  }

  #metadata(topics: readonly string[], version: MetadataVersion): Buffer {
    const userData = encodeSubscriptionInfo({
      processId: this.#processId,
      userEndPoint: undefined,
      taskOffsetSums: new Map(),
      ownedTasks: this.tasks,
      clientTags: {},
      rackId: undefined,
      errorCode: 'none',
      joinCount: ++this.#joins,
    }, version)
    return encodeSubscription({ topics, userData, ownedPartitions: [] })
  }
}
