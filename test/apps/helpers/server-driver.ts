import { badRecordHandlers } from '../../../apps/model-server/bad-records.ts'
import { LimitedConsole } from '../../../apps/model-server/console.ts'
import type { LoadModel, ModelCatalog, RejectedModel } from '../../../apps/model-server/model-catalog.ts'
import type { ModelStateStore } from '../../../apps/model-server/model-state-store.ts'
import type { ScoreMessage } from '../../../apps/model-server/score-message.ts'
import type { ServingRow, ServingState, Slot } from '../../../apps/model-server/serving-state.ts'
import { KeyValueServingState } from '../../../apps/model-server/serving-state.ts'
import type { StoreKind } from '../../../apps/model-server/topologies.ts'
import { modelServerTopology, STORE_NAME } from '../../../apps/model-server/topologies.ts'
import { defaultTopics } from '../../../apps/shared/topics.ts'
import type { KeyValueStore } from '../../../lib/index.ts'
import type { ModelDescriptor, WineRecord } from '../../../lib/models/index.ts'
import { encodeWineRecord } from '../../../lib/models/index.ts'
import type { ProducedRecord } from '../../../lib/testing/index.ts'
import { TopologyTestDriver } from '../../../lib/testing/index.ts'
import { bytesOf, notingCatalog } from './fake-models.ts'

export const storeKinds: readonly StoreKind[] = ['memory', 'standard', 'custom']

/** A model server without a broker: its topology in the test driver, over fake models. */
export class ServerDriver {
  readonly kind: StoreKind
  readonly driver: TopologyTestDriver
  readonly catalog: ModelCatalog
  readonly rejected: readonly RejectedModel[]
  readonly lines: string[] = []
  readonly changelog: ProducedRecord[] = []
  readonly console: LimitedConsole

  constructor(kind: StoreKind, load?: LoadModel) {
    this.kind = kind
    this.console = new LimitedConsole((line) => this.lines.push(line))
    const { catalog, rejected } = notingCatalog(load)
    this.catalog = catalog
    this.rejected = rejected
    const topology = modelServerTopology(kind, {
      catalog,
      console: this.console,
      announce: ({ stored }, entry) => this.lines.push(`${entry} ${stored.name}`),
      topics: defaultTopics,
    })
    this.driver = new TopologyTestDriver(topology, {
      config: { ...badRecordHandlers(this.console, defaultTopics.deadLetters), errorsDeadLetterQueueTopicName: defaultTopics.deadLetters },
      onProduced: (record) => {
        if (record.topic.endsWith('-changelog')) this.changelog.push(record)
      },
    })
  }

  /** Publishes a model and waits until it is ready, or rejected. */
  async publish(model: ModelDescriptor, timestamp: number): Promise<void> {
    this.announceOnly(bytesOf(model), timestamp)
    await this.catalog.settled(model.dataType)
  }

  announceOnly(bytes: Uint8Array | undefined, timestamp: number): void {
    this.driver.pipeRecord(defaultTopics.models, undefined, bytes, { timestamp })
  }

  async send(record: WineRecord, key?: string): Promise<void> {
    await this.sendBytes(encodeWineRecord(record), key)
  }

  async sendBytes(value: Uint8Array | undefined, key?: string): Promise<void> {
    this.driver.pipeRecord(defaultTopics.data, key === undefined ? undefined : Buffer.from(key), value)
    await this.driver.settled()
  }

  /** The scores since the last call. */
  scores(): ScoreMessage[] {
    const written = this.driver.producedRecords(defaultTopics.scores) as ProducedRecord[]
    return written.splice(0).map(({ value }) => JSON.parse(String(value && Buffer.from(value))) as ScoreMessage)
  }

  deadLetters(): readonly ProducedRecord[] {
    return this.driver.producedRecords(defaultTopics.deadLetters)
  }

  get state(): ServingState {
    return this.kind === 'custom' ? this.customStore : new KeyValueServingState(this.keyValueStore)
  }

  get customStore(): ModelStateStore {
    return this.driver.getStateStore<ModelStateStore>(STORE_NAME)!
  }

  get keyValueStore(): KeyValueStore<string, ServingRow> {
    return this.driver.getStateStore<KeyValueStore<string, ServingRow>>(STORE_NAME)!
  }

  /** Another instance that has this one's state and nothing else: what a restart leaves. */
  restarted(load?: LoadModel): ServerDriver {
    const next = new ServerDriver(this.kind, load)
    for (const slot of ['current', 'new'] satisfies Slot[]) {
      next.state.putModel(slot, 'wine', this.state.model(slot, 'wine'))
      next.state.putStatistics(slot, 'wine', this.state.statistics(slot, 'wine'))
    }
    return next
  }

  [Symbol.dispose](): void {
    this.driver.close()
  }
}
