import { BrokerError } from '../errors.ts'
import { coordinatorPartition } from './coordinator-partition.ts'

const NOBODY: readonly number[] = []

/** The broker ids of this process: which of them run, who coordinates what, and where new partitions go. */
export class Cluster {
  readonly nodeIds: readonly number[]
  readonly #racks: readonly string[]
  readonly #stopped = new Set<number>()
  /** Who coordinates a partition of the internal topics, where a test has moved that. */
  readonly #coordinators = new Map<number, number>()
  #placed = 0

  /** `count` brokers with ids that follow one another, in these racks. @throws {BrokerError} MILLRACE_BROKER_CONFIG_INVALID */
  constructor(firstId: number, count: number, racks: readonly string[] = []) {
    if (!Number.isInteger(count) || count < 1) throw new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', `brokers says how many there are, at least 1, not ${count}`)
    if (!Number.isInteger(firstId) || firstId < 0) throw new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', `nodeId is a whole number from 0 on, not ${firstId}`)
    this.nodeIds = Array.from({ length: count }, (_, i) => firstId + i)
    this.#racks = racks
  }

  /** Those that run, the lowest id first. */
  get running(): readonly number[] {
    return this.#stopped.size === 0 ? this.nodeIds : this.nodeIds.filter((id) => !this.#stopped.has(id))
  }

  /** The broker that clients take for the controller; any of them does what a controller does. */
  get controllerId(): number {
    return this.running[0] ?? -1
  }

  has(nodeId: number): boolean {
    return this.nodeIds.includes(nodeId)
  }

  rackOf(nodeId: number): string | undefined {
    return this.#racks[this.nodeIds.indexOf(nodeId)]
  }

  isRunning(nodeId: number): boolean {
    return this.nodeIds.includes(nodeId) && !this.#stopped.has(nodeId)
  }

  setRunning(nodeId: number, isRunning: boolean): void {
    if (isRunning) this.#stopped.delete(nodeId)
    else this.#stopped.add(nodeId)
  }

  /** The replicas that follow: all whose brokers run, since all have the same records. */
  inSync(replicas: readonly number[]): readonly number[] {
    return this.#stopped.size === 0 ? replicas : replicas.filter((id) => !this.#stopped.has(id))
  }

  offline(replicas: readonly number[]): readonly number[] {
    return this.#stopped.size === 0 ? NOBODY : replicas.filter((id) => this.#stopped.has(id))
  }

  /** Who coordinates a group or a transactional id: the leader of the partition that Kafka would keep it in. */
  coordinatorOf(key: string): number {
    const { running } = this
    if (running.length < 2) return running[0] ?? -1
    const partition = coordinatorPartition(key)
    const moved = this.#coordinators.get(partition)
    return moved !== undefined && this.isRunning(moved) ? moved : running[partition % running.length]!
  }

  moveCoordinator(key: string, nodeId: number): void {
    this.#coordinators.set(coordinatorPartition(key), nodeId)
  }

  /** The broker that comes after another one, of those that run. */
  after(nodeId: number): number {
    const { running } = this
    return running.find((id) => id > nodeId) ?? running[0] ?? -1
  }

  isCoordinator(nodeId: number, key: string): boolean {
    return this.nodeIds.length === 1 || this.coordinatorOf(key) === nodeId
  }

  /** Replicas for new partitions: leaders go round, from one topic to the next too, and the others follow their leader. */
  place(partitions: number, replicationFactor: number): number[][] {
    const { nodeIds } = this
    return Array.from({ length: partitions }, () => {
      const from = this.#placed++
      return Array.from({ length: replicationFactor }, (_, i) => nodeIds[(from + i) % nodeIds.length]!)
    })
  }
}
