import { ConfigError } from '../lib/core/errors.ts'
import type { SettingName, StreamsSettings } from './internals/config-settings.ts'
import { dottedName, EXACTLY_ONCE_COMMIT_INTERVAL_MS, settings } from './internals/config-settings.ts'
import { checkClientSetting, CLIENT_PREFIXES, unprefixedClientSettings } from './internals/client-settings.ts'
import { javaClass } from './internals/java-classes.ts'
import { nearestName } from './internals/nearest-name.ts'
import type {
  DeserializationExceptionHandler,
  ProcessingExceptionHandler,
  ProductionExceptionHandler,
} from './exception-handlers.ts'

export type { Optimization, StreamsSettings } from './internals/config-settings.ts'

/** What settings take in beside the values they end up as. */
interface LooseSettings {
  readonly bootstrapServers?: string | readonly string[]
  readonly topologyOptimization?: string | readonly string[]
  readonly deserializationExceptionHandler?: DeserializationExceptionHandler | 'fail' | 'continue'
  readonly processingExceptionHandler?: ProcessingExceptionHandler | 'fail' | 'continue'
  readonly productionExceptionHandler?: ProductionExceptionHandler | 'fail' | 'continue'
  readonly defaultDeserializationExceptionHandler?: DeserializationExceptionHandler | 'fail' | 'continue'
  readonly defaultProductionExceptionHandler?: ProductionExceptionHandler | 'fail' | 'continue'
}

/** Settings of the clients inside, by Kafka's dotted names. */
export type ClientSettings = Readonly<Record<string, unknown>>

/**
 * The configuration as users write it: Kafka Streams' names, in camelCase (typed) or dotted. Settings of the clients go
 * under `consumer`, `producer`, … or with the prefixes `consumer.`, `producer.`, …
 */
export type StreamsConfigInput = Partial<Omit<StreamsSettings, keyof LooseSettings>> &
  LooseSettings & {
    readonly consumer?: ClientSettings
    readonly mainConsumer?: ClientSettings
    readonly restoreConsumer?: ClientSettings
    readonly globalConsumer?: ClientSettings
    readonly producer?: ClientSettings
    readonly admin?: ClientSettings
    /** Topic configs of all internal topics. */
    readonly topic?: ClientSettings
  } & { readonly [dotted: `${string}.${string}`]: unknown }

export type ClientKind = 'main.consumer' | 'restore.consumer' | 'global.consumer' | 'producer' | 'admin'

const camelCaseOf = new Map<string, SettingName>(
  (Object.keys(settings) as SettingName[]).flatMap((name) => [[name, name] as const, [dottedName(name), name] as const]),
)

const groupNames = new Set(CLIENT_PREFIXES.map((prefix) => prefix.slice(0, -1)))

/** Deprecated names that still count when the new one is absent. */
const REPLACED: readonly (readonly [SettingName, SettingName])[] = [
  ['cacheMaxBytesBuffering', 'statestoreCacheMaxBytes'],
  ['defaultDeserializationExceptionHandler', 'deserializationExceptionHandler'],
  ['defaultProductionExceptionHandler', 'productionExceptionHandler'],
]

/** Configuration that was checked: every setting has its value or default. */
export class StreamsConfig {
  /** All settings by camelCase name. */
  readonly settings: StreamsSettings
  readonly #originals: Readonly<Record<string, unknown>>

  /**
   * @param input by camelCase names, which are typed, or dotted ones; a `Record<string, unknown>`, such as a file of Java's, will do
   * @throws {ConfigError} for an unknown name (naming the nearest right one) or a value that does not fit
   */
  constructor(input: StreamsConfigInput) {
    const originals: Record<string, unknown> = {}
    for (const [name, value] of Object.entries(flattened(input as Readonly<Record<string, unknown>>))) {
      if (value != null) originals[canonicalName(name)] = value
    }
    const given: Partial<Record<SettingName, unknown>> = {}
    for (const [name, value] of Object.entries(originals)) {
      const setting = camelCaseOf.get(name)
      const meant = setting === undefined ? value : javaClass(name, value, originals)
      if (setting === undefined) checkUnknown(name, value)
      else if (meant !== undefined) given[setting] = settings[setting].read(meant, name)
    }
    for (const [old, current] of REPLACED) given[current] ??= given[old]
    if (given.processingGuarantee === 'exactly_once_v2') given.commitIntervalMs ??= EXACTLY_ONCE_COMMIT_INTERVAL_MS
    const names = Object.keys(settings) as SettingName[]
    this.settings = Object.fromEntries(names.map((name) => [name, given[name] ?? settings[name].default])) as StreamsSettings
    this.#originals = originals
  }

  /** What was given, by dotted names. */
  originals(): Readonly<Record<string, unknown>> {
    return this.#originals
  }

  /** What was given under a prefix, without it. */
  originalsWithPrefix(prefix: string): Readonly<Record<string, unknown>> {
    const below = Object.entries(this.#originals).filter(([name]) => name.startsWith(prefix))
    return Object.fromEntries(below.map(([name, value]) => [name.slice(prefix.length), value]))
  }

  /** The settings one of the clients gets, by Kafka's dotted names; later ones win: unprefixed, `consumer.`, `main.consumer.` */
  clientSettings(kind: ClientKind): Readonly<Record<string, unknown>> {
    const unprefixed = Object.entries(this.#originals).filter(
      ([name]) => unprefixedClientSettings.has(name) && !camelCaseOf.has(name),
    )
    return {
      ...Object.fromEntries(unprefixed),
      ...(kind.endsWith('consumer') ? this.originalsWithPrefix('consumer.') : {}),
      ...this.originalsWithPrefix(`${kind}.`),
    }
  }

  /** Topic configs for internal topics. */
  topicSettings(): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(this.originalsWithPrefix('topic.')).map(([name, value]) => [name, String(value)]))
  }

  /** @throws {ConfigError} when a setting that a running application needs is absent */
  requireForRunning(): this {
    if (this.settings.applicationId === '') throw missing('application.id')
    if (this.settings.bootstrapServers.length === 0) throw missing('bootstrap.servers')
    const { numStreamThreads } = this.settings
    if (numStreamThreads < 1) throw new ConfigError(`Invalid value ${numStreamThreads} for configuration num.stream.threads: it takes an integer of at least 1`)
    return this
  }
}

const canonicalName = (name: string): string => {
  const setting = camelCaseOf.get(name)
  return setting === undefined ? name : dottedName(setting)
}

/** Names that begin with `__` are Kafka's own, for its tests. @throws {ConfigError} for any other that no client knows either */
const checkUnknown = (name: string, value: unknown): void => {
  if (!name.startsWith('__') && !checkClientSetting(name, value)) throw unknownName(name)
}

const missing = (name: string): ConfigError =>
  new ConfigError(`Missing required configuration "${name}" which has no default value.`)

/** `{ consumer: { 'max.poll.records': 5 } }` becomes `{ 'consumer.max.poll.records': 5 }`. */
const flattened = (input: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const flat: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(input)) {
    const group = dottedName(name)
    if (!groupNames.has(group)) flat[name] = value
    else for (const [inner, setting] of Object.entries((value ?? {}) as object)) flat[`${group}.${dottedName(inner)}`] = setting
  }
  return flat
}

const unknownName = (name: string): ConfigError => {
  const dotted = name.includes('.')
  const names = [...camelCaseOf.keys()].filter((each) => each.includes('.') === dotted)
  return new ConfigError(`Unknown configuration ${name}. Did you mean ${nearestName(name, dotted ? [...names, ...unprefixedClientSettings] : names)}?`)
}
