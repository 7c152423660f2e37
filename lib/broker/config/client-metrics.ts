import { journalKey, journalKeyParts } from '../storage/journal.ts'
import type { Journal } from '../storage/journal.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { Refusal } from '../topics/topic-creation.ts'
import { ConfigSource } from './broker-config.ts'
import type { EffectiveValue } from './broker-config.ts'
import { listOf, SettingType } from './setting.ts'
import type { Setting } from './setting.ts'

const NOTHING: ReadonlyMap<string, string> = new Map()
const SHORTEST_MS = 100
const LONGEST_MS = 3_600_000
/** What of a client a subscription may choose by (KIP-714). */
const SELECTORS = new Set(['client_instance_id', 'client_id', 'client_software_name', 'client_software_version', 'client_source_address', 'client_source_port'])

/** What a subscription to metrics of clients consists of. */
export const clientMetricsSettings: ReadonlyMap<string, Setting> = new Map<string, Setting>([
  ['interval.ms', { name: 'interval.ms', type: SettingType.INT, default: '300000' }],
  ['match', { name: 'match', type: SettingType.LIST, default: '' }],
  ['metrics', { name: 'metrics', type: SettingType.LIST, default: '' }],
])

const isPattern = (word: string): boolean => {
  const [selector, pattern, ...more] = word.split('=').map((part) => part.trim())
  if (pattern === undefined || more.length > 0 || !SELECTORS.has(selector!)) return false
  try {
    new RegExp(pattern)
    return true
  } catch {
    return false
  }
}

/**
 * Subscriptions to metrics of clients, which admins make and find again. No client is asked for metrics: as in a Kafka
 * without a plugin that takes them, clients do not find the api.
 */
class ClientMetrics {
  readonly #journal: Journal
  readonly #overrides = new Map<string, ReadonlyMap<string, string>>()

  constructor(journal: Journal) {
    this.#journal = journal
    for (const [key, value] of journal.restored('client-metrics/')) {
      this.#overrides.set(journalKeyParts(key)[1]!, new Map(Object.entries(value as Record<string, string>)))
    }
  }

  names(): string[] {
    return [...this.#overrides.keys()]
  }

  overrides(name: string): ReadonlyMap<string, string> {
    return this.#overrides.get(name) ?? NOTHING
  }

  effective(name: string, setting: string): EffectiveValue {
    const value = this.overrides(name).get(setting)
    const source = ConfigSource.CLIENT_METRICS
    if (value === undefined) return { value: clientMetricsSettings.get(setting)!.default, source: ConfigSource.DEFAULT, synonyms: [] }
    return { value, source, synonyms: [{ name: setting, value, source }] }
  }

  apply(name: string, overrides: ReadonlyMap<string, string>): void {
    const key = journalKey('client-metrics', name)
    if (overrides.size === 0) {
      this.#overrides.delete(name)
      this.#journal.remove(key)
    } else {
      this.#overrides.set(name, overrides)
      this.#journal.put(key, Object.fromEntries(overrides))
    }
  }

  /** Why settings that are well formed will not do. */
  whyOutOfBounds(overrides: ReadonlyMap<string, string>): Refusal | undefined {
    const interval = overrides.get('interval.ms')
    if (interval !== undefined && (Number(interval) < SHORTEST_MS || Number(interval) > LONGEST_MS)) {
      return { error: errorCodes.INVALID_REQUEST, message: `Invalid value ${interval} for interval.ms, interval must be between ${SHORTEST_MS} and ${LONGEST_MS} (1 hour)` }
    }
    const wrong = listOf(overrides.get('match') ?? '').find((word) => !isPattern(word))
    return wrong === undefined ? undefined : { error: errorCodes.INVALID_CONFIG, message: `Illegal client matching pattern: ${wrong}` }
  }
}

// Few brokers are ever asked, so they are read when somebody does.
const ofJournals = new WeakMap<Journal, ClientMetrics>()

/** The subscriptions that a broker has. */
export const clientMetricsOf = ({ journal }: { readonly journal: Journal }): ClientMetrics => {
  const known = ofJournals.get(journal) ?? new ClientMetrics(journal)
  ofJournals.set(journal, known)
  return known
}
