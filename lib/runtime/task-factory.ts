import path from 'node:path'
import type { ThreadCache } from '../../stores/internals/thread-cache.ts'
import type { StateStore } from '../../topology/api.ts'
import type { StreamsConfig } from '../../topology/config.ts'
import type { InternalTopologyBuilder } from '../../topology/internals/internal-topology-builder.ts'
import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'
import type { MetricsRegistry } from '../metrics/metrics-registry.ts'
import { StreamTask } from '../task/stream-task.ts'
import { taskId } from '../task/task-id.ts'
import { parseTaskId } from './assignor/task-ids.ts'
import { KafkaRecordCollector } from './kafka-record-collector.ts'
import type { StreamsProducer } from './streams-producer.ts'

export interface TaskFactoryOptions {
  readonly config: StreamsConfig
  readonly builder: InternalTopologyBuilder
  readonly time: Time
  readonly logger: Logger
  readonly metrics: MetricsRegistry
  readonly threadName: string
  /** `<state.dir>/<application.id>`. */
  readonly stateDirectory: string
  readonly cache: ThreadCache | undefined
  readonly producer: StreamsProducer
  readonly globalStore: (name: string) => StateStore | undefined
}

/** Makes the tasks of one stream thread. */
export class TaskFactory {
  readonly #options: TaskFactoryOptions

  constructor(options: TaskFactoryOptions) {
    this.#options = options
  }

  /** `topics`: the source topics of which the task reads its partition. */
  create(id: string, topics: readonly string[]): StreamTask {
    const { config, builder, time, logger, metrics, threadName, stateDirectory, cache, producer, globalStore } = this.#options
    const { subtopology, partition } = parseTaskId(id)
    return new StreamTask({
      taskId: taskId(subtopology, partition),
      applicationId: config.settings.applicationId,
      config,
      time,
      log: logger,
      metrics,
      threadId: threadName,
      stateDir: path.join(stateDirectory, id),
      ephemeral: false,
      topology: builder.buildTopology(subtopology),
      inputPartitions: topics.map((topic) => ({ topic, partition })),
      collector: new KafkaRecordCollector(producer, id),
      cache,
      globalStore,
    })
  }
}
