import { randomBytes } from 'node:crypto'
import type { Time } from '../../core/time.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { Leadership, NO_LEADER } from '../cluster/leadership.ts'
import type { StoredLeadership } from '../cluster/leadership.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { LogConfig } from '../config/log-config.ts'
import type { LogStorage } from '../log/log-storage.ts'
import { PartitionLog } from '../log/partition-log.ts'
import { journalKey, journalKeyParts } from '../storage/journal.ts'
import type { Journal, JsonValue } from '../storage/journal.ts'
import { collisionName } from './topic-name.ts'
import type { Topic } from './topic.ts'

/** Brings the storage of a partition and what it held when the broker stopped. */
export interface LogSource {
  storage(topic: string, partition: number, config: () => LogConfig): LogStorage
  /** Says what may free space when there is none left. */
  whenFull(makeRoom: () => void): void
  /** Fills a log with what is stored of it. */
  restore(log: PartitionLog, storage: LogStorage, logStartOffset: number): void
  /** Told when all topics that exist are restored. */
  restored(): void
}

interface StoredTopic {
  readonly id: string
  readonly partitions: number
  readonly configs: Record<string, string>
}

export const newTopicId = (): string => randomBytes(16).toString('base64url')

/** The brokers of each partition, the preferred leader first. */
export type Assignment = readonly (readonly number[])[]

const startKey = (topic: string, partition: number): string => journalKey('log-start', topic, partition)
const leadershipKey = (topic: string, partition: number): string => journalKey('leadership', topic, partition)

/** All topics of the broker. Every change is in the journal before a client hears of it. */
export class TopicRegistry {
  /** Grows whenever a topic comes, goes or gets partitions. */
  version = 0
  readonly #byName = new Map<string, Topic>()
  readonly #byId = new Map<string, Topic>()
  readonly #collisions = new Map<string, string>()
  /** Where logs begin that had records deleted from their start. */
  readonly #starts = new Map<string, number>()
  readonly #leaderships = new Map<string, StoredLeadership>()
  readonly #config: BrokerConfig
  readonly #logs: LogSource
  readonly #journal: Journal
  readonly #time: Time
  readonly #cluster: Cluster

  constructor(config: BrokerConfig, logs: LogSource, journal: Journal, time: Time, cluster: Cluster) {
    this.#config = config
    this.#logs = logs
    this.#journal = journal
    this.#time = time
    this.#cluster = cluster
    for (const [key, value] of journal.restored('log-start/')) this.#starts.set(key, Number(value))
    for (const [key, value] of journal.restored('leadership/')) this.#leaderships.set(key, value as unknown as StoredLeadership)
    for (const [key, value] of journal.restored('topic/')) this.#restore(journalKeyParts(key)[1]!, value)
  }

  #restore(name: string, value: JsonValue): void {
    const stored = value as unknown as StoredTopic
    this.#add(name, stored.id, this.#cluster.place(stored.partitions, 1), new Map(Object.entries(stored.configs)), true)
  }

  #add(name: string, id: string, assignment: Assignment, configs: Map<string, string>, restore: boolean): Topic {
    const topic: Topic = { name, id, partitions: [], configs, logConfig: this.#config.logConfig(configs) }
    for (const replicas of assignment) topic.partitions.push(this.#log(topic, replicas, restore))
    this.#byName.set(name, topic)
    this.#byId.set(id, topic)
    this.#collisions.set(collisionName(name), name)
    this.version++
    return topic
  }

  #log(topic: Topic, replicas: readonly number[], restore: boolean): PartitionLog {
    const partition = topic.partitions.length
    const storage = this.#logs.storage(topic.name, partition, () => topic.logConfig)
    const log = new PartitionLog(topic.name, partition, topic.logConfig, storage, this.#time)
    if (restore) this.#logs.restore(log, storage, this.#starts.get(startKey(topic.name, partition)) ?? 0)
    const stored = restore ? this.#leaderships.get(leadershipKey(topic.name, partition)) : undefined
    if (stored === undefined) {
      log.leadership = new Leadership(replicas)
      if (this.#cluster.nodeIds.length > 1) this.#storeLeadership(log)
    } else {
      this.#restoreLeadership(log, stored, replicas)
    }
    return log
  }

  /** Brokers that are no more have no replicas, nor do they lead. */
  #restoreLeadership(log: PartitionLog, stored: StoredLeadership, otherwise: readonly number[]): void {
    const kept = stored.replicas.filter((id) => this.#cluster.has(id))
    const replicas = kept.length > 0 ? kept : otherwise
    log.leadership = Leadership.restore({ ...stored, replicas }, log.nextOffset)
    if (!replicas.includes(stored.leader)) this.elect(log, replicas[0]!)
  }

  #storeLeadership(log: PartitionLog): void {
    this.#journal.put(leadershipKey(log.topic, log.partition), log.leadership.stored as unknown as JsonValue)
  }

  /** Makes a broker the leader of a partition, in a new epoch. */
  elect(log: PartitionLog, nodeId: number): void {
    log.electLeader(nodeId)
    this.#storeLeadership(log)
  }

  /** A broker is gone: others lead what it led, or nobody does. */
  leave(nodeId: number): void {
    for (const { partitions } of this.#byName.values()) {
      for (const log of partitions) {
        const { leader, replicas } = log.leadership
        if (leader === nodeId) this.elect(log, this.#cluster.inSync(replicas)[0] ?? NO_LEADER)
      }
    }
  }

  /** A broker is back: it leads what has had no leader since. */
  comeBack(nodeId: number): void {
    for (const { partitions } of this.#byName.values()) {
      for (const log of partitions) if (log.leadership.leader === NO_LEADER && log.leadership.replicas.includes(nodeId)) this.elect(log, nodeId)
    }
  }

  /** Gives a partition to other brokers. The leader stays when it is among them, else the first that runs leads. */
  reassign(log: PartitionLog, replicas: readonly number[]): void {
    const { leadership } = log
    leadership.replicas = replicas
    if (replicas.includes(leadership.leader)) this.#storeLeadership(log)
    else this.elect(log, replicas.find((id) => this.#cluster.isRunning(id)) ?? NO_LEADER)
  }

  all(): IterableIterator<Topic> {
    return this.#byName.values()
  }

  get(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  byId(id: string): Topic | undefined {
    return this.#byId.get(id)
  }

  log(name: string, partition: number): PartitionLog | undefined {
    return this.#byName.get(name)?.partitions[partition]
  }

  /** The existing topic whose name differs at most in `.` and `_`. */
  collidingWith(name: string): string | undefined {
    return this.#collisions.get(collisionName(name))
  }

  /** Makes a topic; the caller has checked name, brokers and settings. */
  create(name: string, assignment: Assignment, configs: ReadonlyMap<string, string>): Topic {
    const topic = this.#add(name, newTopicId(), assignment, new Map(configs), false)
    this.#store(topic)
    return topic
  }

  addPartitions(topic: Topic, assignment: Assignment): void {
    for (const replicas of assignment) topic.partitions.push(this.#log(topic, replicas, false))
    this.version++
    this.#store(topic)
  }

  /** Takes over the settings of a topic, which the caller has checked. */
  configure(topic: Topic, configs: ReadonlyMap<string, string>): void {
    topic.configs.clear()
    for (const [name, value] of configs) topic.configs.set(name, value)
    this.#applyConfig(topic)
    this.#store(topic)
  }

  /** Settings of the broker changed, which topics without their own follow. */
  refreshConfigs(): void {
    for (const topic of this.#byName.values()) this.#applyConfig(topic)
  }

  #applyConfig(topic: Topic): void {
    topic.logConfig = this.#config.logConfig(topic.configs)
    for (const log of topic.partitions) log.config = topic.logConfig
  }

  #store(topic: Topic): void {
    this.#journal.put(journalKey('topic', topic.name), { id: topic.id, partitions: topic.partitions.length, configs: Object.fromEntries(topic.configs) })
  }

  /** Deletes the records before an offset for good. */
  deleteRecords(log: PartitionLog, beforeOffset: number): void {
    log.advanceStart(beforeOffset)
    this.#journal.put(startKey(log.topic, log.partition), log.logStartOffset)
  }

  /** Removes a topic and its records; fetches that wait for it are answered. */
  delete(topic: Topic): void {
    this.version++
    this.#byName.delete(topic.name)
    this.#byId.delete(topic.id)
    this.#collisions.delete(collisionName(topic.name))
    this.#journal.remove(journalKey('topic', topic.name))
    for (const log of topic.partitions) {
      this.#journal.remove(startKey(topic.name, log.partition))
      this.#journal.remove(leadershipKey(topic.name, log.partition))
      this.#journal.remove(journalKey('compaction', topic.name, log.partition))
      log.delete()
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#byName.values()].flatMap(({ partitions }) => partitions.map((log) => log.close())))
  }
}
