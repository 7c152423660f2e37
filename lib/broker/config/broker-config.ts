import type { CompressionType } from '../../protocol/compression/compression.ts'
import { BrokerError } from '../errors.ts'
import { journalKey, journalKeyParts } from '../storage/journal.ts'
import type { Journal } from '../storage/journal.ts'
import { brokerSettings } from './broker-settings.ts'
import { listOf, whyInvalid } from './setting.ts'
import { topicSettings } from './topic-settings.ts'
import type { LogConfig } from './log-config.ts'

/** Where a value comes from, as DescribeConfigs numbers it. */
export const ConfigSource = { TOPIC: 1, DYNAMIC_BROKER: 2, DYNAMIC_DEFAULT_BROKER: 3, STATIC_BROKER: 4, DEFAULT: 5, BROKER_LOGGER: 6, CLIENT_METRICS: 7, GROUP: 8 } as const

/** Settings that Kafka has no default for, since others in hours or minutes stand in for them: they are told without one. */
const WITHOUT_DEFAULT = new Set(['log.flush.interval.ms', 'log.retention.minutes', 'log.retention.ms', 'log.roll.ms', 'log.roll.jitter.ms'])

/** Who stands in for a setting that nobody set, the first that was set, and what one of theirs is in ms. */
const STAND_INS: Readonly<Record<string, readonly { readonly name: string; readonly ms: number }[]>> = {
  'log.flush.interval.ms': [{ name: 'log.flush.scheduler.interval.ms', ms: 1 }],
  'log.retention.ms': [{ name: 'log.retention.minutes', ms: 60_000 }, { name: 'log.retention.hours', ms: 3_600_000 }],
  'log.roll.ms': [{ name: 'log.roll.hours', ms: 3_600_000 }],
  'log.roll.jitter.ms': [{ name: 'log.roll.jitter.hours', ms: 3_600_000 }],
}

/** A new Kafka makes it a setting of all brokers, and keeps it one as long as it has eligible leader replicas (KIP-966). */
export const MIN_ISR = 'min.insync.replicas'

/** A value, and every place that gives one, the nearest first. */
export interface EffectiveValue {
  readonly value: string
  readonly source: number
  readonly synonyms: readonly { readonly name: string; readonly value: string; readonly source: number }[]
  /** Nobody gave it, and it has no default of its own; `value` is what is done all the same. */
  readonly isUnset?: boolean
}

const NOTHING: ReadonlyMap<string, string> = new Map()

/** What `compression.type` may say, but for `producer`. */
const COMPRESSIONS: Record<string, CompressionType> = { uncompressed: 'none', gzip: 'gzip', snappy: 'snappy', lz4: 'lz4', zstd: 'zstd' }

/** The broker's configuration: what it was started with, what admins changed since, and Kafka's defaults beneath. */
export class BrokerConfig {
  readonly #static: ReadonlyMap<string, string>
  #journal: Journal | undefined
  /** Levels of loggers, which nobody acts on. */
  loggers: ReadonlyMap<string, string> = NOTHING
  /** Set by admins for all brokers while they run; survives a restart on a directory. */
  readonly #dynamicDefaults = new Map<string, string>()
  /** The same for single brokers. They share their logs, so where it is about those the first broker that has a setting decides. */
  readonly #dynamic = new Map<number, ReadonlyMap<string, string>>()

  /** @throws {BrokerError} MILLRACE_BROKER_CONFIG_INVALID for an unknown name or a value that will not do. */
  constructor(settings: Readonly<Record<string, string | number | boolean>>) {
    const given = new Map<string, string>()
    for (const [name, raw] of Object.entries(settings)) {
      const setting = brokerSettings.get(name)
      if (setting === undefined) throw new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', `no broker setting is called ${name}; names are Kafka's, such as log.retention.ms`)
      const invalid = whyInvalid(setting, String(raw))
      if (invalid !== undefined) throw new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', invalid)
      given.set(name, String(raw))
    }
    this.#static = given
    this.#dynamicDefaults.set(MIN_ISR, this.text(MIN_ISR))
  }

  /** Takes up what admins set before, and keeps from now on what they set. */
  keepIn(journal: Journal): void {
    this.#journal = journal
    for (const [key, stored] of journal.restored('config/broker/')) {
      const settings = new Map(Object.entries(stored as Record<string, string>))
      const whose = journalKeyParts(key)[2]!
      if (whose === 'all') this.#takeDefaults(settings)
      else this.#dynamic.set(Number(whose), settings)
    }
  }

  /** What admins set for one broker, or with `undefined` for all. */
  dynamic(nodeId: number | undefined): ReadonlyMap<string, string> {
    return nodeId === undefined ? this.#dynamicDefaults : (this.#dynamic.get(nodeId) ?? NOTHING)
  }

  setDynamic(nodeId: number | undefined, settings: ReadonlyMap<string, string>): void {
    if (nodeId === undefined) this.#takeDefaults(settings)
    else this.#dynamic.set(nodeId, settings)
    this.#journal?.put(journalKey('config', 'broker', nodeId ?? 'all'), Object.fromEntries(settings))
  }

  #takeDefaults(settings: ReadonlyMap<string, string>): void {
    this.#dynamicDefaults.clear()
    for (const [name, value] of settings) this.#dynamicDefaults.set(name, value)
  }

  #dynamicValue(name: string): string | undefined {
    for (const settings of this.#dynamic.values()) {
      const value = settings.get(name)
      if (value !== undefined) return value
    }
    return undefined
  }

  /** What an admin set while brokers ran, if anything. */
  changed(name: string): string | undefined {
    return this.#dynamicValue(name) ?? this.#dynamicDefaults.get(name)
  }

  text(name: string): string {
    return this.changed(name) ?? this.#static.get(name) ?? this.#standIn(name) ?? brokerSettings.get(name)?.default ?? ''
  }

  /** What a setting in hours or minutes says in the place of one in ms; less than nothing means no limit. */
  #standIn(name: string): string | undefined {
    for (const { name: other, ms } of STAND_INS[name] ?? []) {
      const given = this.#static.get(other)
      if (given !== undefined) return Number(given) < 0 ? '-1' : ms === 1 ? given : String(Number(given) * ms)
    }
    return undefined
  }

  number(name: string): number {
    return Number(this.text(name))
  }

  boolean(name: string): boolean {
    return this.text(name).toLowerCase() === 'true'
  }

  /** A setting of one broker with where it comes from; without a broker of any. */
  broker(name: string, nodeId?: number, setting = brokerSettings.get(name)): EffectiveValue {
    const synonyms = this.#brokerSynonyms(name, nodeId, setting)
    return { value: synonyms[0]?.value ?? this.text(name), source: synonyms[0]?.source ?? ConfigSource.DEFAULT, synonyms, isUnset: synonyms.length === 0 }
  }

  #brokerSynonyms(name: string, nodeId?: number, setting = brokerSettings.get(name)): { name: string; value: string; source: number }[] {
    const found = []
    const own = nodeId === undefined ? this.#dynamicValue(name) : this.dynamic(nodeId).get(name)
    if (own !== undefined) found.push({ name, value: own, source: ConfigSource.DYNAMIC_BROKER })
    const ofAll = this.#dynamicDefaults.get(name)
    if (ofAll !== undefined) found.push({ name, value: ofAll, source: ConfigSource.DYNAMIC_DEFAULT_BROKER })
    const fixed = this.#static.get(name)
    if (fixed !== undefined) found.push({ name, value: fixed, source: ConfigSource.STATIC_BROKER })
    if (setting !== undefined && !setting.noDefault && !WITHOUT_DEFAULT.has(name)) found.push({ name, value: setting.default, source: ConfigSource.DEFAULT })
    return found
  }

  /** A topic setting with where it comes from: the topic's own value, else the broker's. */
  topic(overrides: ReadonlyMap<string, string>, name: string): EffectiveValue {
    const setting = topicSettings.get(name)!
    const beneath = setting.brokerName === undefined ? [] : this.#brokerSynonyms(setting.brokerName)
    const own = overrides.get(name)
    const synonyms = own === undefined ? beneath : [{ name, value: own, source: ConfigSource.TOPIC }, ...beneath]
    return { value: synonyms[0]?.value ?? (setting.brokerName === undefined ? setting.default : this.text(setting.brokerName)), source: synonyms[0]?.source ?? ConfigSource.DEFAULT, synonyms }
  }

  /** The settings that logs act on, parsed. */
  logConfig(overrides: ReadonlyMap<string, string>): LogConfig {
    const text = (name: string): string => this.topic(overrides, name).value
    const number = (name: string): number => Number(text(name))
    const policies = listOf(text('cleanup.policy'))
    return {
      compact: policies.includes('compact'),
      delete: policies.includes('delete'),
      compression: COMPRESSIONS[text('compression.type')],
      deleteRetentionMs: number('delete.retention.ms'),
      flushMessages: number('flush.messages'),
      flushMs: number('flush.ms'),
      indexIntervalBytes: number('index.interval.bytes'),
      maxCompactionLagMs: number('max.compaction.lag.ms'),
      maxMessageBytes: number('max.message.bytes'),
      timestampAfterMaxMs: number('message.timestamp.after.max.ms'),
      timestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
      logAppendTime: text('message.timestamp.type') === 'LogAppendTime',
      minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
      minCompactionLagMs: number('min.compaction.lag.ms'),
      retentionBytes: number('retention.bytes'),
      retentionMs: number('retention.ms'),
      segmentBytes: number('segment.bytes'),
      segmentMs: number('segment.ms'),
    }
  }
}
