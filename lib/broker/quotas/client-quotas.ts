import type { Journal, JsonValue } from '../storage/journal.ts'
import { journalKey } from '../storage/journal.ts'
import type { QuotaEntity } from './quota-entity.ts'

interface StoredQuotas {
  readonly entity: readonly (readonly [type: string, name: string | null])[]
  readonly values: Readonly<Record<string, number>>
}

export interface EntityQuotas {
  readonly entity: QuotaEntity
  readonly values: ReadonlyMap<string, number>
}

/** One entity is the same however its parts are ordered. */
const keyOf = (entity: QuotaEntity): string =>
  journalKey('quota', ...entity.map(({ entityType, entityName }) => (entityName === undefined ? entityType : `${entityType}=${entityName}`)).sort())

/** The quotas that admins set. They are kept and told; nobody is slowed down by them. */
export class ClientQuotas {
  readonly #journal: Journal
  readonly #quotas = new Map<string, EntityQuotas>()

  constructor(journal: Journal) {
    this.#journal = journal
    for (const [, value] of journal.restored('quota/')) {
      const { entity, values } = value as unknown as StoredQuotas
      const restored = entity.map(([entityType, name]) => ({ entityType, entityName: name ?? undefined }))
      this.#quotas.set(keyOf(restored), { entity: restored, values: new Map(Object.entries(values)) })
    }
  }

  all(): IterableIterator<EntityQuotas> {
    return this.#quotas.values()
  }

  /** Sets quotas of an entity, which have been checked; no value takes one away. */
  alter(entity: QuotaEntity, changes: readonly (readonly [key: string, value: number | undefined])[]): void {
    const key = keyOf(entity)
    const values = new Map(this.#quotas.get(key)?.values)
    for (const [name, value] of changes) {
      if (value === undefined) values.delete(name)
      else values.set(name, value)
    }
    if (values.size === 0) {
      this.#quotas.delete(key)
      this.#journal.remove(key)
      return
    }
    this.#quotas.set(key, { entity, values })
    const stored: StoredQuotas = { entity: entity.map(({ entityType, entityName }) => [entityType, entityName ?? null]), values: Object.fromEntries(values) }
    this.#journal.put(key, stored as unknown as JsonValue)
  }
}
