import type { Header } from '../../lib/core/headers.ts'
import type { StateStore } from '../../topology/api.ts'
import { headersJson } from './compare.ts'
import type { Json } from './scenario.ts'
import { NotBuilt } from './scenario.ts'
import { isWindowed, toJson } from './values.ts'

interface Entry {
  readonly value?: unknown
  readonly aggregation?: unknown
  readonly timestamp?: number
  readonly headers?: Iterable<Header>
}

/** The rows of a store in the form that the format gives that type. */
export const storeEntries = (store: StateStore, type: string): Json[] => {
  const rows = (store as unknown as { all?: () => Iterable<[unknown, unknown]> }).all
  if (!rows) throw new NotBuilt(`reading all of a ${type} store`)
  return [...rows.call(store)].map(([key, value]) => entry(type, key, value))
}

const json = (value: unknown): Json => toJson('', value)

const entry = (type: string, key: unknown, value: unknown): Json => {
  const withHeaders = type.endsWith('WithHeaders')
  const wrapped = type.startsWith('timestamped') || withHeaders
  const row = (wrapped ? value : { value }) as Entry
  const parts: Json[] = []
  if (isWindowed(key) && !type.toLowerCase().includes('keyvalue')) {
    parts.push(json(key.key), key.window.start)
    if (type.startsWith('session')) parts.push(key.window.end)
  } else {
    parts.push(json(key))
  }
  parts.push(json(row.value ?? row.aggregation))
  if (type.startsWith('timestamped')) parts.push(row.timestamp ?? null)
  if (withHeaders) parts.push(headersJson(row.headers ?? []))
  return parts
}
