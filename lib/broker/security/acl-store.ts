import { journalKey, journalKeyParts } from '../storage/journal.ts'
import type { Journal } from '../storage/journal.ts'
import { PatternType, WILDCARD, matches } from './acl.ts'
import type { Acl, AclFilter } from './acl.ts'

const keyOf = (acl: Acl): string =>
  journalKey('acl', acl.resourceType, acl.patternType, acl.resourceName, acl.principal, acl.host, acl.operation, acl.permission)

const fromKey = (key: string): Acl => {
  const [, resourceType, patternType, resourceName = '', principal = '', host = '', operation, permission] = journalKeyParts(key)
  return { resourceType: Number(resourceType), patternType: Number(patternType), resourceName, principal, host, operation: Number(operation), permission: Number(permission) }
}

/** All rules, found by what they are about; kept in the journal. */
export class AclStore {
  readonly #journal: Journal
  readonly #all = new Map<string, Acl>()
  /** By type and whole name, wildcards among them. */
  readonly #literal = new Map<string, Set<Acl>>()
  /** By type; there are few, so each is tried. */
  readonly #prefixed = new Map<number, Set<Acl>>()

  constructor(journal: Journal) {
    this.#journal = journal
    for (const [key] of journal.restored('acl/')) this.#insert(key, fromKey(key))
  }

  add(acl: Acl): void {
    const key = keyOf(acl)
    if (this.#all.has(key)) return
    this.#insert(key, acl)
    this.#journal.put(key, true)
  }

  #insert(key: string, acl: Acl): void {
    this.#all.set(key, acl)
    if (acl.patternType === PatternType.LITERAL) put(this.#literal, `${acl.resourceType}/${acl.resourceName}`, acl)
    else put(this.#prefixed, acl.resourceType, acl)
  }

  /** Removes the rules that are meant, and tells which these were. */
  remove(filter: AclFilter): Acl[] {
    const removed = this.find(filter)
    for (const acl of removed) {
      const key = keyOf(acl)
      this.#all.delete(key)
      if (acl.patternType === PatternType.LITERAL) take(this.#literal, `${acl.resourceType}/${acl.resourceName}`, acl)
      else take(this.#prefixed, acl.resourceType, acl)
      this.#journal.remove(key)
    }
    return removed
  }

  find(filter: AclFilter): Acl[] {
    return [...this.#all.values()].filter((acl) => matches(filter, acl))
  }

  /** The rules about one resource, those about many among them. */
  *about(resourceType: number, resourceName: string): Iterable<Acl> {
    yield* this.#literal.get(`${resourceType}/${resourceName}`) ?? []
    if (resourceName !== WILDCARD) yield* this.#literal.get(`${resourceType}/${WILDCARD}`) ?? []
    for (const acl of this.#prefixed.get(resourceType) ?? []) if (resourceName.startsWith(acl.resourceName)) yield acl
  }

  /** The rules about resources of a type. */
  *ofType(resourceType: number): Iterable<Acl> {
    for (const acl of this.#all.values()) if (acl.resourceType === resourceType) yield acl
  }
}

const put = <K>(index: Map<K, Set<Acl>>, key: K, acl: Acl): void => {
  const found = index.get(key)
  if (found === undefined) index.set(key, new Set([acl]))
  else found.add(acl)
}

const take = <K>(index: Map<K, Set<Acl>>, key: K, acl: Acl): void => {
  const found = index.get(key)
  found?.delete(acl)
  if (found?.size === 0) index.delete(key)
}
