import path from 'node:path'
import type { ThreadCache } from '../../stores/internals/thread-cache.ts'
import type { StateStore } from '../../topology/api.ts'
import type { StreamsConfig } from '../../topology/config.ts'
import type { InternalTopologyBuilder } from '../../topology/internals/internal-topology-builder.ts'
import type { Logger } from '../core/log.ts'
import type { Time } from '../core/time.ts'
import type { MetricsRegistry } from '../metrics/metrics-registry.ts'
import { StandbyMetrics } from '../task/standby-metrics.ts'
import { StandbyTask } from '../task/standby-task.ts'
import { StreamTask } from '../task/stream-task.ts'
import type { TaskEnvironment } from '../task/task-environment.ts'
import { taskId } from '../task/task-id.ts'
import { TaskStores } from '../task/task-stores.ts'
import { parseTaskId } from './assignor/task-ids.ts'
import { KafkaRecordCollector } from './kafka-record-collector.ts'
import type { ThreadMetrics } from './metrics/thread-metrics.ts'
import type { StreamsProducer } from './streams-producer.ts'

export interface TaskFactoryOptions {
  readonly config: StreamsConfig
  readonly builder: InternalTopologyBuilder
  readonly time: Time
  readonly logger: Logger
  readonly metrics: MetricsRegistry
  readonly threadMetrics: Pick<ThreadMetrics, 'taskCreated' | 'taskClosed'>
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

  /** `topics`: the source topics of which the task reads its partition; `stores`: the open ones of the standby that it was. */
  create(id: string, topics: readonly string[], stores?: TaskStores): StreamTask {
    const { subtopology, partition } = parseTaskId(id)
    const { cache, globalStore, builder, producer } = this.#options
    return new StreamTask({
      ...this.#environment(id),
      topology: builder.buildTopology(subtopology),
      inputPartitions: topics.map((topic) => ({ topic, partition })),
      collector: stores?.collector ?? new KafkaRecordCollector(producer, id),
      stores,
      cache,
      globalStore,
    })
  }

  /** `stores`: the open ones of the active task that it was. */
  createStandby(id: string, stores?: TaskStores): StandbyTask {
    const { cache, builder, producer } = this.#options
    const environment = this.#environment(id)
    const { subtopology } = parseTaskId(id)
    const own = (): TaskStores =>
      new TaskStores({ ...environment, topology: builder.buildTopology(subtopology), collector: new KafkaRecordCollector(producer, id), cache })
    return new StandbyTask(environment.taskId, stores ?? own(), new StandbyMetrics(environment))
  }

  #environment(id: string): TaskEnvironment {
    const { config, time, logger, metrics, threadMetrics, threadName, stateDirectory } = this.#options
    threadMetrics.taskCreated()
    const { subtopology, partition } = parseTaskId(id)
    return {
      taskId: taskId(subtopology, partition),
      applicationId: config.settings.applicationId,
      config,
      time,
      log: logger,
      metrics,
      threadId: threadName,
      stateDir: path.join(stateDirectory, id),
      onClosed: () => threadMetrics.taskClosed(),
      ephemeral: false,
    }
  }
}
