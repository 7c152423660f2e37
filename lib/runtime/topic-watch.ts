import type { ClusterView } from '../client/types.ts'
import type { InternalTopologyBuilder } from '../../topology/internals/internal-topology-builder.ts'
import type { Logger } from '../core/log.ts'

export interface TopicWatchOptions {
  readonly cluster: ClusterView
  readonly builder: InternalTopologyBuilder
  /** How often the cluster's topics are looked through for source patterns, ms (`metadata.max.age.ms`). */
  readonly intervalMs: number
  readonly logger: Logger
  /** The topics that are read, or their partitions, have changed: the group has to rebalance. */
  readonly onChange: (reason: string) => void
}

/** Follows the cluster's topics: new ones that match a source pattern, partitions that were added, topics that vanished. */
export class TopicWatch {
  readonly #options: TopicWatchOptions
  #counts: ReadonlyMap<string, number> = new Map()
  #timer: NodeJS.Timeout | undefined
  #stop: (() => void) | undefined

  constructor(options: TopicWatchOptions) {
    this.#options = options
  }

  /** Finds the topics of source patterns for the first time, and begins to watch. */
  async start(): Promise<void> {
    const { cluster, builder, intervalMs } = this.#options
    this.#stop ??= cluster.onPartitionsChanged((topic, partitions) => this.#partitionsChanged(topic, partitions))
    if (!builder.usesPatternSubscription()) return
    await this.#matchPatterns()
    this.#timer = setInterval(() => void this.#look(), intervalMs)
  }

  /** The numbers of partitions that the present assignment was made for. */
  assigned(counts: ReadonlyMap<string, number>): void {
    this.#counts = counts
  }

  /** Every topic that the tasks read, as far as known. */
  subscribedTopics(): string[] {
    const topics = new Set<string>()
    for (const { sourceTopics } of this.#options.builder.topicGroups().values()) for (const topic of sourceTopics) topics.add(topic)
    return [...topics].sort()
  }

  stop(): void {
    this.#stop?.()
    clearInterval(this.#timer)
  }

  async #matchPatterns(): Promise<boolean> {
    const topics = await this.#options.cluster.metadata()
    const visible = [...topics.values()].filter(({ internal }) => !internal).map(({ name }) => name)
    return this.#options.builder.updateSubscribedTopics(visible)
  }

  async #look(): Promise<void> {
    try {
      if (await this.#matchPatterns()) this.#options.onChange('the topics that match a source pattern have changed')
    } catch (error) {
      this.#options.logger.info({ err: error }, 'the topics of the cluster could not be listed')
    }
  }

  #partitionsChanged(topic: string, partitions: number): void {
    const before = this.#counts.get(topic)
    if (before === undefined || before === partitions) return
    this.#options.onChange(`topic ${topic} had ${before} partitions and has ${partitions} now`)
  }
}
