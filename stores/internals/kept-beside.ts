import type { StateStore } from '../../topology/api.ts'

interface Labelled {
  readonly keepsTimestamps?: boolean
  readonly keepsHeaders?: boolean
}

/** True for stores whose values are a value and its timestamp, such as those of tables. */
export const keepsTimestamps = (store: StateStore): boolean => (store as Labelled).keepsTimestamps === true

/** True for stores that keep the headers of the record with each value. */
export const keepsHeaders = (store: StateStore): boolean => (store as Labelled).keepsHeaders === true
