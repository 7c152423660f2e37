import { rm } from 'node:fs/promises'
import type { StateStore } from '../../topology/api.ts'
import type { ProcessorTopology } from '../../topology/internals/processor-topology.ts'
import { Fetcher } from '../client/fetcher.ts'
import { Producer } from '../client/producer.ts'
import type { RecordChunk } from '../core/record-cursor.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import { ChangelogTopics } from '../task/changelog-topics.ts'
import type { MetricScope } from '../metrics/metric-scope.ts'
import { GlobalStateTask } from '../task/global-state-task.ts'
import { taskId } from '../task/task-id.ts'
import { fetchSettings, producerOptions } from './client-options.ts'
import { MissingSourceTopicError } from './errors.ts'
import { KafkaRecordCollector } from './kafka-record-collector.ts'
import { DROPPED_OUTPUT } from './metrics/thread-metrics.ts'
import { productionFailures } from './production-failures.ts'
import { retriesOf } from './retries.ts'
import { StreamsProducer } from './streams-producer.ts'
import { ridingOut } from './task-timeout.ts'
import type { ThreadEnvironment } from './thread-environment.ts'
import { TopicIds } from './topic-ids.ts'

/** A chunk is processed in one turn of the event loop, so it is kept small. */
const CHUNK_BYTES = 262_144

interface Bootstrap {
  readonly at: TopicPartition
  readonly end: number
  restored: number
}

/** Fills the global stores of a client: up to the end of their topics before it starts, and then for as long as it runs. */
export class GlobalState {
  readonly #environment: Omit<ThreadEnvironment, 'globalStore'>
  readonly #onError: (error: unknown) => void
  readonly #topology: ProcessorTopology
  readonly #threadName: string
  #task: GlobalStateTask
  readonly #scope: MetricScope
  readonly #producer: StreamsProducer
  readonly #fetcher: Fetcher
  readonly #topicIds: TopicIds
  /** Partitions that have not reached the end they had at the start. */
  readonly #bootstrapping = new Map<string, Bootstrap>()
  readonly #chunks: { readonly topic: string; readonly partition: number; readonly chunk: RecordChunk }[] = []
  readonly #complete: Promise<void>
  #resolve: () => void = () => {}
  #reject: (error: unknown) => void = () => {}
  /** A chunk is being taken, and not counted yet. */
  #isTaking = false
  #updating: Promise<void> | undefined
  #commitTimer: NodeJS.Timeout | undefined
  #stopListening: (() => void) | undefined
  #changed = false
  #opened = false
  #closed = false

  constructor(topology: ProcessorTopology, threadName: string, environment: Omit<ThreadEnvironment, 'globalStore'>, onError: (error: unknown) => void) {
    this.#environment = environment
    this.#onError = onError
    this.#topology = topology
    this.#threadName = threadName
    const { config, cluster, logger, metrics } = environment
    this.#scope = metrics.scope({ 'thread-id': threadName })
    const dropped = this.#scope.sensor('stream-thread-metrics', 'INFO', DROPPED_OUTPUT)
    const sendDeadLetter = (letter: Parameters<StreamsProducer['sendBytes']>[0]): void => this.#producer.sendBytes(letter)
    this.#topicIds = new TopicIds(cluster)
    this.#producer = new StreamsProducer(
      (onDeliveryError) => new Producer(cluster, { ...producerOptions(config), onError: onDeliveryError }),
      productionFailures({ config, logger, dropped, sendDeadLetter }),
    )
    this.#task = this.#createTask()
    this.#fetcher = new Fetcher(cluster, {
      maxPartitionBytes: CHUNK_BYTES,
      ...definedOf(fetchSettings(config, 'global.consumer')),
      onChunk: (topic, partition, chunk) => this.#onChunk(topic, partition, chunk),
      onFetched: () => this.#lookAtProgress(),
      onOffsetOutOfRange: (topic, partition) => void this.#startAgain(topic, partition),
      onError: (error) => this.#fail(error),
    })
    this.#complete = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#complete.catch(() => {})
  }

  #createTask(): GlobalStateTask {
    const { config, logger, metrics, time, stateDirectory } = this.#environment
    return new GlobalStateTask({
      taskId: taskId(-1, -1),
      applicationId: config.settings.applicationId,
      config,
      time,
      log: logger,
      metrics,
      threadId: this.#threadName,
      stateDir: stateDirectory.globalDirectory,
      ephemeral: false,
      topology: this.#topology,
      collector: new KafkaRecordCollector(this.#producer, 'global'),
    })
  }

  store(name: string): StateStore | undefined {
    return this.#opened ? this.#task.store(name) : undefined
  }

  /**
   * Resolves when the stores have everything that was in their topics at this moment.
   * @throws {MissingSourceTopicError} when a topic does not exist
   */
  async start(): Promise<void> {
    const partitions = await this.#partitions()
    const [starts, ends] = await Promise.all([this.#offsets(partitions, 'earliest'), this.#offsets(partitions, 'latest')])
    await this.#task.open()
    this.#opened = true
    const misfit = this.#misfit(partitions, starts, ends)
    if (misfit !== undefined) await this.#startFromNothing(misfit)
    this.#noteTopics()
    for (const at of partitions) this.#follow(at, starts, ends)
    const { config, cluster } = this.#environment
    const topics = new Set(this.#task.topics())
    this.#stopListening = cluster.onPartitionsChanged((topic) => {
      if (topics.has(topic)) void this.#followNewPartitions()
    })
    this.#commitTimer = setInterval(() => void this.#commit(), Math.max(1, config.settings.commitIntervalMs))
    this.#lookAtProgress()
    await this.#complete
  }

  async close(): Promise<void> {
    this.#scope.close()
    this.#closed = true
    this.#reject(new Error('the global state is closed'))
    clearInterval(this.#commitTimer)
    this.#stopListening?.()
    await this.#fetcher.close()
    await this.#updating
    for (const { chunk } of this.#chunks.splice(0)) chunk.release()
    if (this.#opened) {
      await this.#commit()
      await this.#task.close()
    }
    await this.#producer.close(0)
  }

  /** Why what the stores have did not come from the topics as they are now; undefined when it may have. */
  #misfit(partitions: readonly TopicPartition[], starts: ReadonlyMap<string, number>, ends: ReadonlyMap<string, number>): string | undefined {
    const filledFrom = new ChangelogTopics(this.#environment.stateDirectory.globalDirectory)
    for (const { topic, partition } of partitions) {
      const key = partitionKey(topic, partition)
      const offset = this.#task.committedOffset(topic, partition)
      if (offset === undefined) continue
      const [known, now] = [filledFrom.idOf(topic), this.#topicIds.of(topic)]
      if (known !== undefined && now !== undefined && known !== now) return `${topic} was deleted and made again (its id was ${known}, now it is ${now})`
      const [start = 0, end = 0] = [starts.get(key), ends.get(key)]
      if (offset < start || offset > end) return `they had reached offset ${offset} of ${topic}-${partition}, which has ${start} to ${end}`
    }
    return undefined
  }

  async #startFromNothing(because: string): Promise<void> {
    this.#environment.logger.warn({ reason: because }, 'the global stores are wiped and rebuilt from their topics')
    this.#opened = false
    await this.#task.close()
    await rm(this.#environment.stateDirectory.globalDirectory, { recursive: true, force: true })
    this.#task = this.#createTask()
    await this.#task.open()
    this.#opened = true
  }

  /** Before anything of them is in the files. */
  #noteTopics(): void {
    if (!this.#task.stores().some(({ persistent }) => persistent)) return
    const filledFrom = new ChangelogTopics(this.#environment.stateDirectory.globalDirectory)
    for (const topic of this.#task.topics()) {
      const id = this.#topicIds.of(topic)
      if (id !== undefined) filledFrom.note(topic, id)
    }
  }

  async #partitions(): Promise<TopicPartition[]> {
    const topics = this.#task.topics()
    const metadata = await this.#ridingOut(() => this.#environment.cluster.metadata(topics, { refresh: true }))
    const missing = topics.filter((topic) => !metadata.has(topic))
    if (missing.length > 0) {
      throw new MissingSourceTopicError(`global stores read ${missing.join(', ')}, which the cluster does not have: create the topics before the application starts`)
    }
    return [...metadata].flatMap(([topic, { partitions }]) => partitions.map(({ partition }) => ({ topic, partition })))
  }

  async #offsets(partitions: readonly TopicPartition[], spec: 'earliest' | 'latest'): Promise<Map<string, number>> {
    const { admin, config } = this.#environment
    // what can be read, which with read_committed is not what is behind open transactions
    const { isolationLevel } = fetchSettings(config, 'global.consumer')
    const listed = await this.#ridingOut(() => admin.listOffsets(partitions.map((at) => ({ ...at, spec })), { isolationLevel }))
    return new Map([...listed].map(([key, { offset }]) => [key, offset]))
  }

  #ridingOut<T>(attempt: () => Promise<T>): Promise<T> {
    return ridingOut('The global state', retriesOf(this.#environment), () => !this.#closed, attempt)
  }

  #follow(at: TopicPartition, starts: ReadonlyMap<string, number>, ends: ReadonlyMap<string, number>): void {
    const key = partitionKey(at.topic, at.partition)
    const earliest = starts.get(key) ?? 0
    const end = ends.get(key) ?? 0
    const start = this.#task.committedOffset(at.topic, at.partition) ?? earliest
    this.#bootstrapping.set(key, { at, end, restored: 0 })
    this.#environment.restoreListener()?.onRestoreStart?.(at, this.#storeOf(at.topic), start, end)
    this.#fetcher.assign(at.topic, at.partition, start)
  }

  async #followNewPartitions(): Promise<void> {
    try {
      const known = new Set(this.#fetcher.assignment())
      const added = (await this.#partitions()).filter(({ topic, partition }) => !known.has(partitionKey(topic, partition)))
      if (added.length === 0) return
      const starts = await this.#offsets(added, 'earliest')
      for (const { topic, partition } of added) this.#fetcher.assign(topic, partition, starts.get(partitionKey(topic, partition)) ?? 0)
    } catch (error) {
      this.#fail(error)
    }
  }

  #storeOf(topic: string): string {
    const { builder } = this.#environment
    return [...builder.buildTopology().globalStores].find((name) => builder.globalStore(name)?.topic === topic) ?? topic
  }

  #onChunk(topic: string, partition: number, chunk: RecordChunk): void {
    if (this.#closed) return chunk.release()
    this.#chunks.push({ topic, partition, chunk })
    this.#updating ??= this.#update().finally(() => (this.#updating = undefined))
  }

  /** One chunk in each turn of the event loop. */
  async #update(): Promise<void> {
    try {
      for (let next = this.#chunks.shift(); next !== undefined && !this.#closed; next = this.#chunks.shift()) {
        const { topic, partition, chunk } = next
        this.#isTaking = true
        const count = this.#task.update(topic, partition, chunk)
        await this.#task.settled()
        this.#changed = true
        this.#report(topic, partition, count, chunk.nextOffset)
        this.#isTaking = false
        await new Promise(setImmediate)
      }
      this.#lookAtProgress()
    } catch (error) {
      this.#fail(error)
    }
  }

  #report(topic: string, partition: number, count: number, nextOffset: number): void {
    const bootstrap = this.#bootstrapping.get(partitionKey(topic, partition))
    if (bootstrap === undefined) return
    bootstrap.restored += count
    if (count > 0) this.#environment.restoreListener()?.onBatchRestored?.(bootstrap.at, this.#storeOf(topic), nextOffset - 1, count)
  }

  #lookAtProgress(): void {
    if (this.#chunks.length > 0 || this.#isTaking) return
    for (const [key, { at, end, restored }] of this.#bootstrapping) {
      if ((this.#fetcher.position(at.topic, at.partition) ?? 0) < end) continue
      this.#bootstrapping.delete(key)
      this.#environment.restoreListener()?.onRestoreEnd?.(at, this.#storeOf(at.topic), restored)
    }
    if (this.#bootstrapping.size === 0) this.#resolve()
  }

  async #startAgain(topic: string, partition: number): Promise<void> {
    try {
      const offset = (await this.#offsets([{ topic, partition }], 'earliest')).get(partitionKey(topic, partition)) ?? 0
      this.#environment.logger.warn({ topic, partition, offset }, 'a global store goes on from the start of its topic: the offset it had reached is gone')
      this.#fetcher.seek(topic, partition, offset)
    } catch (error) {
      this.#fail(error)
    }
  }

  async #commit(): Promise<void> {
    if (!this.#changed) return
    this.#changed = false
    try {
      await this.#task.commit()
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    if (this.#closed) return
    this.#reject(error)
    this.#onError(error)
  }
}

const definedOf = <T extends object>(options: T): Partial<T> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>
