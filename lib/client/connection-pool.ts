import { setMaxListeners } from 'node:events'
import { backoffMs } from './backoff.ts'
import { BufferPool } from './buffer-pool.ts'
import { Connection } from './connection.ts'
import { BrokerUnavailableError, ClosedError } from './errors.ts'
import { handshake } from './handshake.ts'
import type { Endpoint, ResolvedClusterOptions } from './options.ts'
import { pause } from './retry.ts'
import type { ConnectionPurpose } from './types.ts'

/** Memory of fetch responses, kept for the next ones, of whatever cluster: as much as this when none is in use. */
const fetchBuffers = new BufferPool(64 * 1024 * 1024)

interface Slot {
  connection?: Connection | undefined
  opening?: Promise<Connection> | undefined
}

/** How often connecting to a broker failed in a row, and when it may be tried again (performance.now()). */
interface Failures {
  count: number
  retryAt: number
}

/**
 * The connections of one cluster: one per broker, purpose and lane, opened on demand. Connecting to a broker that does not
 * answer is tried again only after a pause that grows with each failure; everyone who wants it shares that pause.
 */
export class ConnectionPool {
  readonly #options: ResolvedClusterOptions
  readonly #endpointOf: (nodeId: number) => Endpoint | undefined
  readonly #onConnected: (connection: Connection) => void
  readonly #slots = new Map<string, Slot>()
  readonly #failures = new Map<number, Failures>()
  readonly #closing = new AbortController()

  constructor(
    options: ResolvedClusterOptions,
    endpointOf: (nodeId: number) => Endpoint | undefined,
    onConnected: (connection: Connection) => void = () => {},
  ) {
    // as many may wait for a broker that does not answer as there are slots
    setMaxListeners(0, this.#closing.signal)
    this.#options = options
    this.#endpointOf = endpointOf
    this.#onConnected = onConnected
  }

  /** The open connection, if there is one: no waiting. */
  ready(nodeId: number, purpose: ConnectionPurpose, lane = 0): Connection | undefined {
    const connection = this.#slots.get(slotKey(nodeId, purpose, lane))?.connection
    return connection?.alive ? connection : undefined
  }

  /**
   * The open connection, or a new one.
   * @throws {BrokerUnavailableError} {@link TimeoutError} {@link AuthenticationError} {@link ClosedError}
   */
  get(nodeId: number, purpose: ConnectionPurpose, lane = 0): Promise<Connection> {
    const key = slotKey(nodeId, purpose, lane)
    let slot = this.#slots.get(key)
    if (slot === undefined) this.#slots.set(key, (slot = {}))
    if (slot.connection?.alive) return Promise.resolve(slot.connection)
    const current = slot
    slot.opening ??= this.#open(nodeId, purpose)
      .then((connection) => (current.connection = connection))
      .finally(() => (current.opening = undefined))
    return slot.opening
  }

  /** True while connecting to this broker is in its pause after a failure. */
  isFailing(nodeId: number): boolean {
    return (this.#failures.get(nodeId)?.count ?? 0) > 0
  }

  /** Ends all connections to a broker: it moved to another address. */
  drop(nodeId: number): void {
    this.#failures.delete(nodeId)
    for (const [key, slot] of this.#slots) {
      if (!key.startsWith(`${nodeId}/`)) continue
      this.#slots.delete(key)
      slot.connection?.close(new BrokerUnavailableError(`broker ${nodeId} has another address now`))
    }
  }

  /** Ends the connections of one lane, whatever their broker and purpose. What waits on them is rejected. */
  closeLane(lane: number): void {
    for (const [key, slot] of this.#slots) {
      if (!key.endsWith(`/${lane}`)) continue
      this.#slots.delete(key)
      slot.connection?.close()
      void slot.opening?.then((connection) => connection.close(), () => {})
    }
  }

  close(): void {
    const error = new ClosedError('the cluster object was closed')
    this.#closing.abort(error)
    for (const slot of this.#slots.values()) slot.connection?.close(error)
    this.#slots.clear()
  }

  async #open(nodeId: number, purpose: ConnectionPurpose): Promise<Connection> {
    const { signal } = this.#closing
    const wait = (this.#failures.get(nodeId)?.retryAt ?? 0) - performance.now()
    if (wait > 0) await pause(wait, signal)
    if (signal.aborted) throw signal.reason
    const endpoint = this.#endpointOf(nodeId)
    if (endpoint === undefined) throw new BrokerUnavailableError(`broker ${nodeId} is not in the cluster (any more)`)
    try {
      const connection = await this.#connect(endpoint, purpose)
      this.#failures.delete(nodeId)
      if (signal.aborted) {
        connection.close(signal.reason as ClosedError)
        throw signal.reason
      }
      return connection
    } catch (error) {
      this.#noteFailure(nodeId)
      throw error
    }
  }

  async #connect(endpoint: Endpoint, purpose: ConnectionPurpose): Promise<Connection> {
    const { clientId, connectTimeoutMs, requestTimeoutMs, tls, sasl, logger } = this.#options
    const connection = await Connection.open(endpoint, {
      clientId,
      connectTimeoutMs,
      requestTimeoutMs,
      tls,
      pool: purpose === 'fetch' ? fetchBuffers : undefined,
      onClose: (error) => logger.debug({ ...endpoint, purpose, error: error.message }, 'connection closed'),
    })
    try {
      await handshake(connection, { sasl, timeoutMs: connectTimeoutMs })
      this.#onConnected(connection)
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }

  #noteFailure(nodeId: number): void {
    const count = (this.#failures.get(nodeId)?.count ?? 0) + 1
    const { reconnectBackoffMs: baseMs, reconnectBackoffMaxMs: maxMs } = this.#options
    this.#failures.set(nodeId, { count, retryAt: performance.now() + backoffMs(count - 1, { baseMs, maxMs }) })
  }
}

const slotKey = (nodeId: number, purpose: ConnectionPurpose, lane: number): string => `${nodeId}/${purpose}/${lane}`
