import type { RecordChunk } from '../core/record-cursor.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import type { TaskId } from '../../topology/api.ts'
import type { ErrorHandling } from './error-handling.ts'
import { TaskStateError } from './errors.ts'
import { PartitionGroup } from './partition-group.ts'
import { RecordQueue } from './record-queue.ts'
import type { SourceNode } from './source-node.ts'
import type { TaskNodes } from './task-nodes.ts'
import type { TopicMetrics } from './topic-metrics.ts'

/** What waits to be processed in a task, by input partition. */
export class TaskInputs {
  readonly group: PartitionGroup
  readonly #taskId: TaskId
  readonly #nodes: TaskNodes
  readonly #errors: ErrorHandling
  readonly #metrics: TopicMetrics

  /** @throws {TaskStateError} when no source reads one of the partitions */
  constructor(taskId: TaskId, partitions: readonly TopicPartition[], nodes: TaskNodes, errors: ErrorHandling, metrics: TopicMetrics) {
    this.#taskId = taskId
    this.#nodes = nodes
    this.#errors = errors
    this.#metrics = metrics
    this.group = new PartitionGroup(partitions.map((input) => this.#queueFor(input, nodes.source(input.topic))))
  }

  #queueFor({ topic, partition }: TopicPartition, source: SourceNode | undefined): RecordQueue {
    if (source === undefined) throw new TaskStateError(`Task ${this.#taskId} has no source for topic ${topic}.`)
    const queue = new RecordQueue(topic, partition, source, this.#errors)
    this.#metrics.consumed(source.name, topic, () => ({ records: queue.takenRecords, bytes: queue.takenBytes }))
    return queue
  }

  /** See `StreamTask.addInput`. */
  add(input: TopicPartition, sourceName: string): void {
    if (this.group.queue(input.topic, input.partition) !== undefined) return
    this.group.addQueue(this.#queueFor(input, this.#nodes.addTopic(input.topic, sourceName)))
  }

  addChunk(topic: string, partition: number, chunk: RecordChunk): void {
    const queue = this.group.queue(topic, partition)
    if (queue === undefined) throw new TaskStateError(`Task ${this.#taskId} does not read ${topic}-${partition}.`)
    this.group.add(queue, chunk)
  }

  /** Records that wait, of one input partition or of all. */
  bufferedRecords(topic?: string, partition?: number): number {
    if (topic !== undefined && partition !== undefined) return this.group.queue(topic, partition)?.size ?? 0
    let sum = 0
    for (const queue of this.group.queues()) sum += queue.size
    return sum
  }

  /** Bytes of the chunks of an input partition that are not used up. */
  bufferedBytes(topic: string, partition: number): number {
    return this.group.queue(topic, partition)?.byteLength ?? 0
  }

  setLag(topic: string, partition: number, lag: number | undefined): void {
    const queue = this.group.queue(topic, partition)
    if (queue !== undefined) queue.lag = lag
  }

  setPartitionTime(topic: string, partition: number, partitionTime: number): void {
    const { group } = this
    const queue = group.queue(topic, partition)
    if (queue === undefined) return
    queue.partitionTime = Math.max(queue.partitionTime, partitionTime)
    queue.consumedTime = queue.partitionTime
    group.streamTime = Math.max(group.streamTime, partitionTime)
  }
}
