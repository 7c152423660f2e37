import type { ClusterView } from '../client/types.ts'

/** Of clusters that give topics no ids. */
const NO_ID = /^[0-]+$/

/** The ids by which a topic can be told from an earlier one of its name. Undefined where there is none. */
export class TopicIds {
  readonly #cluster: Pick<ClusterView, 'metadata' | 'topic'>

  constructor(cluster: Pick<ClusterView, 'metadata' | 'topic'>) {
    this.#cluster = cluster
  }

  /** Asks the cluster anew, so that {@link of} knows what is there now. */
  async refresh(topics: readonly string[]): Promise<void> {
    await this.#cluster.metadata([...new Set(topics)], { refresh: true })
  }

  /** As far as is known now, without asking. */
  of(topic: string): string | undefined {
    const id = this.#cluster.topic(topic)?.topicId
    return id === undefined || NO_ID.test(id) ? undefined : id
  }
}
