import type { CompressionType } from '../../protocol/compression/compression.ts'
import { BrokerError } from '../errors.ts'
import { brokerSettings } from './broker-settings.ts'
import { listOf, whyInvalid } from './setting.ts'
import { topicSettings } from './topic-settings.ts'
import type { LogConfig } from './log-config.ts'

/** Where a value comes from, as DescribeConfigs numbers it. */
export const ConfigSource = { TOPIC: 1, DYNAMIC_BROKER: 2, STATIC_BROKER: 4, DEFAULT: 5, GROUP: 8 } as const

/** A value, and every place that gives one, the nearest first. */
export interface EffectiveValue {
  readonly value: string
  readonly source: number
  readonly synonyms: readonly { readonly name: string; readonly value: string; readonly source: number }[]
}

/** What `compression.type` may say, but for `producer`. */
const COMPRESSIONS: Record<string, CompressionType> = { uncompressed: 'none', gzip: 'gzip', snappy: 'snappy', lz4: 'lz4', zstd: 'zstd' }

/** The broker's configuration: what it was started with, what admins changed since, and Kafka's defaults beneath. */
export class BrokerConfig {
  readonly #static: ReadonlyMap<string, string>
  /** Set by admins while the broker runs; survives a restart on a directory. */
  readonly dynamic = new Map<string, string>()

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
  }

  text(name: string): string {
    return this.dynamic.get(name) ?? this.#static.get(name) ?? brokerSettings.get(name)?.default ?? ''
  }

  number(name: string): number {
    return Number(this.text(name))
  }

  boolean(name: string): boolean {
    return this.text(name).toLowerCase() === 'true'
  }

  /** A broker setting with where it comes from. */
  broker(name: string): EffectiveValue {
    const synonyms = this.#brokerSynonyms(name)
    return { value: synonyms[0]?.value ?? '', source: synonyms[0]?.source ?? ConfigSource.DEFAULT, synonyms }
  }

  #brokerSynonyms(name: string): { name: string; value: string; source: number }[] {
    const found = []
    const dynamic = this.dynamic.get(name)
    if (dynamic !== undefined) found.push({ name, value: dynamic, source: ConfigSource.DYNAMIC_BROKER })
    const fixed = this.#static.get(name)
    if (fixed !== undefined) found.push({ name, value: fixed, source: ConfigSource.STATIC_BROKER })
    const setting = brokerSettings.get(name)
    if (setting !== undefined) found.push({ name, value: setting.default, source: ConfigSource.DEFAULT })
    return found
  }

  /** A topic setting with where it comes from: the topic's own value, else the broker's. */
  topic(overrides: ReadonlyMap<string, string>, name: string): EffectiveValue {
    const setting = topicSettings.get(name)!
    const beneath = setting.brokerName === undefined ? [{ name, value: setting.default, source: ConfigSource.DEFAULT }] : this.#brokerSynonyms(setting.brokerName)
    const own = overrides.get(name)
    const synonyms = own === undefined ? beneath : [{ name, value: own, source: ConfigSource.TOPIC }, ...beneath]
    return { value: synonyms[0]!.value, source: synonyms[0]!.source, synonyms }
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
