import { randomInt } from 'node:crypto'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Time } from '../../core/time.ts'
import type { FetchPartition } from './fetch-partition.ts'
import { FetchSession } from './fetch-session.ts'

/** How long a session is safe from being put out for another one (ms), as in Kafka. */
const SAFE_MS = 120_000
/** The id of no session. */
export const NO_SESSION = 0

/** The fetch sessions of all clients: at most `max.incremental.fetch.session.cache.slots`. */
export class FetchSessions {
  readonly #config: BrokerConfig
  readonly #time: Time
  /** The one that was used longest ago first. */
  readonly #sessions = new Map<number, FetchSession>()

  constructor(config: BrokerConfig, time: Time) {
    this.#config = config
    this.#time = time
  }

  get size(): number {
    return this.#sessions.size
  }

  get(id: number, nodeId: number): FetchSession | undefined {
    const session = this.#sessions.get(id)
    return session?.nodeId === nodeId ? session : undefined
  }

  /** A session was used just now. */
  touch(session: FetchSession): void {
    session.lastUsedMs = this.#time.now()
    if (this.#sessions.delete(session.id)) this.#sessions.set(session.id, session)
  }

  remove(id: number, nodeId: number): void {
    if (this.get(id, nodeId) !== undefined) this.#sessions.delete(id)
  }

  /** A new session; `undefined` when there are too many and none has to give way. Its client goes on without. */
  create(nodeId: number, byId: boolean, partitions: readonly FetchPartition[]): FetchSession | undefined {
    const slots = this.#config.number('max.incremental.fetch.session.cache.slots')
    if (slots <= 0 || (this.#sessions.size >= slots && !this.#makeRoom(partitions.length))) return undefined
    let id = randomInt(1, 2 ** 31)
    while (this.#sessions.has(id)) id = randomInt(1, 2 ** 31)
    const session = new FetchSession(id, nodeId, byId, this.#time.now(), partitions)
    this.#sessions.set(id, session)
    return session
  }

  /** Puts out a session that nobody has used for a while, else a smaller one that has had its time. */
  #makeRoom(wanted: number): boolean {
    const before = this.#time.now() - SAFE_MS
    let loser: FetchSession | undefined
    for (const session of this.#sessions.values()) {
      if (session.lastUsedMs < before) {
        loser = session
        break
      }
      if (session.createdMs < before && session.size < (loser?.size ?? wanted)) loser = session
    }
    return loser !== undefined && this.#sessions.delete(loser.id)
  }
}
