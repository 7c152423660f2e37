import type { AutoOffsetReset } from '../../topology/api.ts'
import type { ClusterAdmin, IsolationLevel, OffsetAndMetadata, OffsetSpec } from '../client/types.ts'
import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import { NoOffsetForPartitionError } from './errors.ts'

export interface StartOffsetsOptions {
  readonly admin: ClusterAdmin
  readonly time: Time
  readonly logger: Logger
  readonly isolationLevel?: IsolationLevel | undefined
  /** The policy of the source that reads a topic, or of the application. */
  readonly resetPolicy: (topic: string) => AutoOffsetReset
}

/** Finds where to start reading: the committed offset, else what `auto.offset.reset` of the source says. */
export class StartOffsets {
  readonly #options: StartOffsetsOptions

  constructor(options: StartOffsetsOptions) {
    this.#options = options
  }

  /**
   * By `partitionKey`. `committed` holds the group's offsets.
   * @throws {NoOffsetForPartitionError} for a partition without one when the policy is `none`
   */
  async find(
    partitions: readonly TopicPartition[],
    committed: ReadonlyMap<string, OffsetAndMetadata>,
  ): Promise<Map<string, number>> {
    const offsets = new Map<string, number>()
    const without: TopicPartition[] = []
    for (const { topic, partition } of partitions) {
      const key = partitionKey(topic, partition)
      const known = committed.get(key)
      if (known === undefined) without.push({ topic, partition })
      else offsets.set(key, known.offset)
    }
    for (const [key, offset] of await this.reset(without, 'has no committed offset')) offsets.set(key, offset)
    return offsets
  }

  /**
   * Where the reset policy puts these partitions. `because` says why a position is needed.
   * @throws {NoOffsetForPartitionError} when the policy of one is `none`
   */
  async reset(partitions: readonly TopicPartition[], because: string): Promise<Map<string, number>> {
    if (partitions.length === 0) return new Map()
    const { admin, logger, resetPolicy, isolationLevel } = this.#options
    const wanted = partitions.map(({ topic, partition }) => ({ topic, partition, spec: this.#spec(topic, partition, because) }))
    const listed = await admin.listOffsets(wanted, { isolationLevel })
    const offsets = new Map<string, number>()
    const pastTheEnd: TopicPartition[] = []
    for (const { topic, partition } of wanted) {
      const key = partitionKey(topic, partition)
      const offset = listed.get(key)?.offset ?? -1
      // no record is as young as asked: start at the end
      if (offset < 0) pastTheEnd.push({ topic, partition })
      else offsets.set(key, offset)
      logger.info({ topic, partition, offset, policy: resetPolicy(topic) }, `start offset reset: the partition ${because}`)
    }
    if (pastTheEnd.length > 0) {
      const ends = await admin.listOffsets(pastTheEnd.map((at) => ({ ...at, spec: 'latest' as const })), { isolationLevel })
      for (const [key, { offset }] of ends) offsets.set(key, offset)
    }
    return offsets
  }

  #spec(topic: string, partition: number, because: string): OffsetSpec {
    const policy = this.#options.resetPolicy(topic)
    if (policy === 'earliest' || policy === 'latest') return policy
    if (policy === 'none') {
      throw new NoOffsetForPartitionError(
        `partition ${partition} of source topic '${topic}' ${because} and its auto.offset.reset is 'none': commit an offset ` +
          "for the group, or let the source reset to 'earliest' or 'latest'",
      )
    }
    return { timestamp: this.#options.time.now() - policy.byDurationMs }
  }
}
