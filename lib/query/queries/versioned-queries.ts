import type { MeteredVersionedStore } from '../../../stores/internals/versioned/metered-versioned-store.ts'
import { isVersioned } from '../../../stores/internals/versioned/metered-versioned-store.ts'
import type { VersionedRecord } from '../../../stores/versioned-store.ts'
import type { StateStore } from '../../../topology/api.ts'
import type { Query } from '../query.ts'

const versionsOf = <K, V>(store: StateStore): MeteredVersionedStore<K, V> => store as MeteredVersionedStore<K, V>

/** The latest version of a key, or the one that held at some time. */
export class VersionedKeyQuery<K, V> implements Query<VersionedRecord<V> | undefined> {
  readonly name = 'VersionedKeyQuery'
  readonly key: K
  /** ms since the epoch; undefined: the latest version. */
  readonly asOfTimestamp: number | undefined

  private constructor(key: K, asOfTimestamp: number | undefined) {
    this.key = key
    this.asOfTimestamp = asOfTimestamp
  }

  static withKey<K, V>(key: K): VersionedKeyQuery<K, V> {
    return new VersionedKeyQuery<K, V>(key, undefined)
  }

  asOf(timestamp: number): VersionedKeyQuery<K, V> {
    return new VersionedKeyQuery<K, V>(this.key, timestamp)
  }

  accepts(store: StateStore): boolean {
    return isVersioned(store)
  }

  execute(store: () => StateStore): VersionedRecord<V> | undefined {
    const versions = versionsOf<K, V>(store())
    const at = this.asOfTimestamp
    return at === undefined ? versions.get(this.key) : versions.versions(this.key, at, at)[0]
  }
}

/** Of versions, ms since the epoch, and how they are sorted. */
export interface Times {
  readonly from: number
  readonly to: number
  readonly ascending: boolean
}

/** The versions of a key that held at some time of a span. */
export class MultiVersionedKeyQuery<K, V> implements Query<readonly VersionedRecord<V>[]> {
  readonly name = 'MultiVersionedKeyQuery'
  readonly key: K
  readonly times: Times

  private constructor(key: K, times: Times) {
    this.key = key
    this.times = times
  }

  /** All versions, the newest first, unless more is said. */
  static withKey<K, V>(key: K): MultiVersionedKeyQuery<K, V> {
    return new MultiVersionedKeyQuery<K, V>(key, { from: 0, to: Infinity, ascending: false })
  }

  /** From the version that held then, ms since the epoch. */
  fromTime(from: number): MultiVersionedKeyQuery<K, V> {
    return new MultiVersionedKeyQuery<K, V>(this.key, { ...this.times, from })
  }

  /** To the version that held then, ms since the epoch. */
  toTime(to: number): MultiVersionedKeyQuery<K, V> {
    return new MultiVersionedKeyQuery<K, V>(this.key, { ...this.times, to })
  }

  withAscendingTimestamps(): MultiVersionedKeyQuery<K, V> {
    return new MultiVersionedKeyQuery<K, V>(this.key, { ...this.times, ascending: true })
  }

  withDescendingTimestamps(): MultiVersionedKeyQuery<K, V> {
    return new MultiVersionedKeyQuery<K, V>(this.key, { ...this.times, ascending: false })
  }

  accepts(store: StateStore): boolean {
    return isVersioned(store)
  }

  execute(store: () => StateStore): readonly VersionedRecord<V>[] {
    const { from, to, ascending } = this.times
    const found = versionsOf<K, V>(store()).versions(this.key, from, to)
    return ascending ? found.reverse() : found
  }
}
