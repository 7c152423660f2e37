import { errorCodes } from '../../protocol/error-table.ts'
import type { fetch } from '../../protocol/messages/01-fetch.ts'
import type { RequestOf } from '../../protocol/index.ts'
import type { EpochStart } from '../cluster/leadership.ts'
import type { LogSlice, PartitionLog } from '../log/partition-log.ts'
import type { Topic } from '../topics/topic.ts'
import type { TopicRegistry } from '../topics/topic-registry.ts'

/** What a client says of a partition that it fetches. */
export type PartitionRequest = RequestOf<typeof fetch>['topics'][number]['partitions'][number]

/**
 * A partition that a client fetches: what it asks for, and what the last look found for it. Sessions keep these from one
 * request to the next, with what the client was told.
 */
export class FetchPartition {
  /** Empty while a topic that was asked for by id is not known. */
  topic: string
  readonly topicId: string
  request: PartitionRequest
  log: PartitionLog | undefined
  error: number = errorCodes.NONE
  slice: LogSlice | undefined
  /** Where the client's log and this one part; `undefined` when they do not. */
  diverging: EpochStart | undefined
  /** What the client knows; -1 for nothing, and after an error, so that it hears again. */
  toldHighWatermark = -1
  toldLastStableOffset = -1
  toldLogStartOffset = -1

  constructor(topic: string, topicId: string, request: PartitionRequest, found: Topic | undefined) {
    this.topic = found?.name ?? topic
    this.topicId = topicId
    this.request = request
    this.log = found?.partitions[request.partition]
  }

  /** Finds the log again when there was none or it is gone; says why there is none. */
  find(topics: TopicRegistry, byId: boolean): number {
    const { log } = this
    if (log !== undefined && !log.isDeleted) return errorCodes.NONE
    const topic = byId ? topics.byId(this.topicId) : topics.get(this.topic)
    this.log = topic?.partitions[this.request.partition]
    if (this.log !== undefined) {
      this.topic = topic!.name
      return errorCodes.NONE
    }
    if (topic !== undefined || !byId) return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    if (this.topic === '') return errorCodes.UNKNOWN_TOPIC_ID
    // The session knows the topic's name: there may be another topic of that name now.
    return topics.get(this.topic) === undefined ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION : errorCodes.INCONSISTENT_TOPIC_ID
  }

  /** Whether there is something that the client of a session has not been told. */
  get hasNews(): boolean {
    const { log } = this
    return (
      log === undefined || this.error !== errorCodes.NONE || this.slice !== undefined || this.diverging !== undefined ||
      log.highWatermark !== this.toldHighWatermark || log.lastStableOffset !== this.toldLastStableOffset || log.logStartOffset !== this.toldLogStartOffset
    )
  }

  /** Takes down what the client is told with an answer. */
  told(): void {
    const { log } = this
    const isGood = log !== undefined && this.error === errorCodes.NONE
    this.toldHighWatermark = isGood ? log.highWatermark : -1
    this.toldLastStableOffset = isGood ? log.lastStableOffset : -1
    this.toldLogStartOffset = isGood ? log.logStartOffset : -1
  }
}
