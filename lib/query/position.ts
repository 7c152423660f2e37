import type { TopicPartition } from '../core/topic-partition.ts'

/** How far a store is: by input topic and partition the offset of the last record that was processed. Immutable. */
export class Position {
  static readonly empty = new Position(new Map())
  readonly #offsets: ReadonlyMap<string, ReadonlyMap<number, number>>

  private constructor(offsets: ReadonlyMap<string, ReadonlyMap<number, number>>) {
    this.#offsets = offsets
  }

  static of(components: readonly (TopicPartition & { readonly offset: number })[]): Position {
    const offsets = new Map<string, Map<number, number>>()
    for (const { topic, partition, offset } of components) {
      let partitions = offsets.get(topic)
      if (partitions === undefined) offsets.set(topic, (partitions = new Map()))
      partitions.set(partition, Math.max(offset, partitions.get(partition) ?? offset))
    }
    return new Position(offsets)
  }

  get topics(): readonly string[] {
    return [...this.#offsets.keys()]
  }

  /** By partition. */
  partitionPositions(topic: string): ReadonlyMap<number, number> {
    return this.#offsets.get(topic) ?? new Map()
  }

  withComponent(topic: string, partition: number, offset: number): Position {
    return this.merge(Position.of([{ topic, partition, offset }]))
  }

  /** The later of the two in each partition. */
  merge(other: Position): Position {
    return Position.of([...this.components(), ...other.components()])
  }

  /**
   * True when this one, of a store's `partition`, is at least as far as `bound` in each topic of which the bound names that
   * partition; its others are no concern of that store.
   */
  reaches(bound: Position, partition: number): boolean {
    return bound.topics.every((topic) => {
      const wanted = bound.partitionPositions(topic).get(partition)
      return wanted === undefined || (this.partitionPositions(topic).get(partition) ?? -1) >= wanted
    })
  }

  components(): (TopicPartition & { offset: number })[] {
    return [...this.#offsets].flatMap(([topic, partitions]) => [...partitions].map(([partition, offset]) => ({ topic, partition, offset })))
  }
}
