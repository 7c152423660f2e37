import type { BrokerConfig, EffectiveValue } from '../config/broker-config.ts'
import { ConfigSource } from '../config/broker-config.ts'
import { boundNames, groupSettings } from '../config/group-settings.ts'
import { journalKey, journalKeyParts } from '../storage/journal.ts'
import type { Journal } from '../storage/journal.ts'

const NOTHING: ReadonlyMap<string, string> = new Map()

/** What admins set for single groups, which need not exist. */
export class GroupConfigs {
  readonly #config: BrokerConfig
  readonly #journal: Journal
  readonly #overrides = new Map<string, ReadonlyMap<string, string>>()

  constructor(config: BrokerConfig, journal: Journal) {
    this.#config = config
    this.#journal = journal
    for (const [key, value] of journal.restored('group-config/')) {
      this.#overrides.set(journalKeyParts(key)[1]!, new Map(Object.entries(value as Record<string, string>)))
    }
  }

  /** The groups that have settings of their own. */
  names(): string[] {
    return [...this.#overrides.keys()]
  }

  overrides(groupId: string): ReadonlyMap<string, string> {
    return this.#overrides.get(groupId) ?? NOTHING
  }

  number(groupId: string, name: string): number {
    const set = this.#overrides.get(groupId)?.get(name)
    return set === undefined ? this.#config.number(groupSettings.get(name)!.brokerName) : Number(set)
  }

  text(groupId: string, name: string): string {
    return this.effective(groupId, name).value
  }

  effective(groupId: string, name: string): EffectiveValue {
    const set = this.overrides(groupId).get(name)
    const { brokerName, default: value } = groupSettings.get(name)!
    const beneath = brokerName === '' ? { value, source: ConfigSource.DEFAULT, synonyms: [{ name, value, source: ConfigSource.DEFAULT }] } : this.#config.broker(brokerName)
    if (set === undefined) return beneath
    const own = { name, value: set, source: ConfigSource.GROUP }
    return { value: set, source: own.source, synonyms: [own, ...beneath.synonyms] }
  }

  apply(groupId: string, overrides: ReadonlyMap<string, string>): void {
    if (overrides.size === 0) {
      this.#overrides.delete(groupId)
      this.#journal.remove(journalKey('group-config', groupId))
    } else {
      this.#overrides.set(groupId, new Map(overrides))
      this.#journal.put(journalKey('group-config', groupId), Object.fromEntries(overrides))
    }
  }

  /** Why settings that are well formed are not allowed: the broker bounds them. */
  whyOutOfBounds(overrides: ReadonlyMap<string, string>): string | undefined {
    for (const [name, value] of overrides) {
      const { min, max } = boundNames(name)
      if (this.#config.text(min) !== '' && Number(value) < this.#config.number(min)) return `${name} must be greater than or equal to ${min}`
      if (this.#config.text(max) !== '' && Number(value) > this.#config.number(max)) return `${name} must be less than or equal to ${max}`
    }
    return undefined
  }
}
