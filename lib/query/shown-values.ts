import { keepsHeaders, keepsTimestamps } from '../../stores/internals/kept-beside.ts'
import type { StateStore, ValueAndTimestamp } from '../../topology/api.ts'

/** Turns what a store holds into what a query shows. */
export type ValueOf = (stored: unknown, store: StateStore) => unknown

/** The value alone, also of a store that keeps timestamps or headers with it. */
export const plainValue: ValueOf = (stored, store) =>
  keepsTimestamps(store) || keepsHeaders(store) ? (stored as { readonly value: unknown }).value : stored

/** Value and timestamp, without the headers that a store may keep with them. */
export const timestampedValue: ValueOf = (stored, store) => {
  if (!keepsHeaders(store)) return stored
  const { value, timestamp } = stored as ValueAndTimestamp<unknown>
  return { value, timestamp }
}

/** Everything that the store keeps. */
export const asIs: ValueOf = (stored) => stored
