import { errorCodes } from '../../../protocol/error-table.ts'
import { epochAfter } from '../../fetch/fetch-session.ts'

/** A partition that a session fetches from. */
export interface SessionPartition {
  readonly topicId: string
  readonly partition: number
}

/** What one member fetches from one broker, request after request. */
export interface ShareSession {
  readonly memberId: string
  epoch: number
  readonly partitions: Map<string, SessionPartition>
}

const FIRST_EPOCH = 0
const LAST_EPOCH = -1

const keyOf = (nodeId: number, groupId: string, memberId: string): string => JSON.stringify([nodeId, groupId, memberId])

/** The share sessions of all members. */
export class ShareSessions {
  readonly #sessions = new Map<string, ShareSession>()

  /** The session that a request belongs to, begun if it asks for that; or the error that it gets. The caller ends it with epoch -1. */
  take(nodeId: number, groupId: string, memberId: string, epoch: number): ShareSession | number {
    const key = keyOf(nodeId, groupId, memberId)
    if (epoch === FIRST_EPOCH) {
      const session: ShareSession = { memberId, epoch: 1, partitions: new Map() }
      this.#sessions.set(key, session)
      return session
    }
    const session = this.#sessions.get(key)
    if (session === undefined) return errorCodes.SHARE_SESSION_NOT_FOUND
    if (epoch === LAST_EPOCH) {
      this.#sessions.delete(key)
      return session
    }
    if (session.epoch !== epoch) return errorCodes.INVALID_SHARE_SESSION_EPOCH
    session.epoch = epochAfter(epoch)
    return session
  }

  /** The connection of a session is gone. Whether it was still the member's session. */
  end(nodeId: number, groupId: string, session: ShareSession): boolean {
    const key = keyOf(nodeId, groupId, session.memberId)
    return this.#sessions.get(key) === session && this.#sessions.delete(key)
  }
}
