import { errorCodes } from '../protocol/error-table.ts'
import { heartbeat } from '../protocol/messages/12-heartbeat.ts'
import { joinGroup } from '../protocol/messages/11-join-group.ts'
import { leaveGroup } from '../protocol/messages/13-leave-group.ts'
import { syncGroup } from '../protocol/messages/14-sync-group.ts'
import type { ResponseOf } from '../protocol/schema.ts'
import type { Coordinator } from './coordinator.ts'
import type { ResolvedGroupOptions } from './group-options.ts'
import { throwIfError } from './kafka-errors.ts'
import type { GroupMetadata } from './types.ts'

/** What the coordinator may take beyond the rebalance time-out before we give up on its answer, ms. */
const GRACE_MS = 5000

/** The connections a member uses: joins wait at the broker for other members, heartbeats and commits must not wait behind them. */
export interface GroupLanes {
  readonly heartbeat: number
  readonly join: number
}

export type Joined = ResponseOf<typeof joinGroup>

/** The requests of one member, each sent once; errors in the answers are thrown. */
export class GroupRequests {
  readonly #coordinator: Coordinator
  readonly #options: ResolvedGroupOptions
  readonly #lanes: GroupLanes

  constructor(coordinator: Coordinator, options: ResolvedGroupOptions, lanes: GroupLanes) {
    this.#coordinator = coordinator
    this.#options = options
    this.#lanes = lanes
  }

  /** Waits at the broker until the whole group has joined. MEMBER_ID_REQUIRED is an answer, not an error. */
  join(memberId: string, reason: string): Promise<Joined> {
    const { groupId, groupInstanceId, sessionTimeoutMs, rebalanceTimeoutMs, protocolType, protocols } = this.#options
    const offered = typeof protocols === 'function' ? protocols() : protocols
    const body = {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId,
      groupInstanceId,
      protocolType,
      protocols: offered.map((protocol) => ({ name: protocol.name, metadata: protocol.metadata() })),
      reason,
    }
    const options = { lane: this.#lanes.join, timeoutMs: rebalanceTimeoutMs + GRACE_MS }
    return this.#coordinator.request(
      joinGroup,
      body,
      ({ errorCode }) => {
        if (errorCode !== errorCodes.MEMBER_ID_REQUIRED) throwIfError(errorCode, `joining group ${groupId}`)
      },
      options,
    )
  }

  /** Waits at the broker for the leader's assignment; only the leader sends one. */
  sync(group: GroupMetadata, protocolName: string, assignments: ReadonlyMap<string, Buffer>): Promise<ResponseOf<typeof syncGroup>> {
    const { protocolType, rebalanceTimeoutMs } = this.#options
    const body = {
      ...group,
      protocolType,
      protocolName,
      assignments: [...assignments].map(([memberId, assignment]) => ({ memberId, assignment })),
    }
    const options = { lane: this.#lanes.join, timeoutMs: rebalanceTimeoutMs + GRACE_MS }
    return this.#coordinator.request(syncGroup, body, ({ errorCode }) => throwIfError(errorCode, `syncing group ${group.groupId}`), options)
  }

  async heartbeat(group: GroupMetadata): Promise<void> {
    const options = { lane: this.#lanes.heartbeat, timeoutMs: this.#options.sessionTimeoutMs }
    await this.#coordinator.request(heartbeat, { ...group }, ({ errorCode }) => throwIfError(errorCode, `heartbeat to group ${group.groupId}`), options)
  }

  async leave({ groupId, memberId, groupInstanceId }: GroupMetadata, reason: string): Promise<void> {
    const body = { groupId, memberId, members: [{ memberId, groupInstanceId, reason }] }
    const options = { lane: this.#lanes.heartbeat }
    await this.#coordinator.request(leaveGroup, body, ({ errorCode }) => throwIfError(errorCode, `leaving group ${groupId}`), options)
  }
}

