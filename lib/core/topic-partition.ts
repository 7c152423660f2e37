/** A partition of a topic. As a map key use {@link partitionKey}. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** `topic-partition`, as Kafka prints it; unique, since the partition is all that follows the last dash. */
export const partitionKey = (topic: string, partition: number): string => `${topic}-${partition}`
