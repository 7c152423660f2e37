import { PUT_RETURN_CODE_NOT_PUT, PUT_RETURN_CODE_VALID_TO_UNDEFINED } from '../../stores/versioned-store.ts'
import type { VersionedRecord } from '../../stores/versioned-store.ts'

interface Version<V> {
  readonly value: V | undefined
  readonly timestamp: number
}

/** What a versioned store means: for each key a list of versions that nothing ever leaves, and rules of which may be seen. */
export class VersionedModel<V> {
  readonly #retentionMs: number
  readonly #versions = new Map<string, Version<V>[]>()
  #streamTime = -1

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs
  }

  admits(timestamp: number): boolean {
    return timestamp >= this.#streamTime - this.#retentionMs
  }

  put(key: string, value: V | undefined, timestamp: number): number {
    if (!this.admits(timestamp)) return PUT_RETURN_CODE_NOT_PUT
    this.#streamTime = Math.max(this.#streamTime, timestamp)
    const all = this.#of(key)
    const latest = all.at(-1)
    const others = all.filter((each) => each.timestamp !== timestamp)
    // The latest version, deleted at its own time, leaves a mark only as the end of the one before it.
    const leavesNothing = value === undefined && latest?.timestamp === timestamp && latest.value !== undefined && !this.#endsThere(others)
    const changed = leavesNothing ? others : [...others, { value, timestamp }].sort((a, b) => a.timestamp - b.timestamp)
    this.#versions.set(key, changed)
    return changed.find((each) => each.timestamp > timestamp)?.timestamp ?? PUT_RETURN_CODE_VALID_TO_UNDEFINED
  }

  /** Whether the last of these versions is one that a later one can end. */
  #endsThere(versions: readonly Version<V>[]): boolean {
    return versions.at(-1)?.value !== undefined
  }

  delete(key: string, timestamp: number): Version<V> | undefined {
    const before = this.asOf(key, timestamp)
    return this.put(key, undefined, timestamp) === PUT_RETURN_CODE_NOT_PUT ? undefined : before
  }

  get(key: string): Version<V> | undefined {
    const latest = this.#of(key).at(-1)
    return latest?.value === undefined ? undefined : latest
  }

  asOf(key: string, timestamp: number): Version<V> | undefined {
    const held = this.#of(key).findLast((each) => each.timestamp <= timestamp)
    if (held === undefined || held.value === undefined) return undefined
    return this.admits(timestamp) || held === this.#of(key).at(-1) ? held : undefined
  }

  versions(key: string, from: number, to: number): VersionedRecord<V>[] {
    const all = this.#of(key)
    const found: VersionedRecord<V>[] = []
    all.forEach(({ value, timestamp }, i) => {
      const validTo = all[i + 1]?.timestamp
      if (value === undefined || timestamp > to || (validTo !== undefined && validTo <= from)) return
      found.unshift(validTo === undefined ? { value, timestamp } : { value, timestamp, validTo })
    })
    return found
  }

  #of(key: string): readonly Version<V>[] {
    return this.#versions.get(key) ?? []
  }
}
