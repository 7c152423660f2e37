import { isDeepStrictEqual } from 'node:util'
import type { Header } from '../../lib/core/headers.ts'
import type { Json, JsonObject } from './scenario.ts'

/** A record as a scenario's run produced it, still in bytes. */
export interface ProducedRecord {
  readonly step: number
  readonly topic: string
  readonly key: Uint8Array | undefined
  readonly value: Uint8Array | undefined
  readonly timestamp: number | undefined
  readonly headers: readonly Header[]
}

/**
 * Headers of the dead-letter queue whose value is about the implementation: a stack trace, and the name of an exception
 * class (the format allows another language its own).
 */
const ownValues = new Map([
  ['__streams.errors.stacktrace', '<stacktrace>'],
  ['__streams.errors.exception', '<exception>'],
])

const headerJson = ({ key, value }: Header): Json => {
  const own = ownValues.get(key)
  if (own !== undefined) return [key, own]
  if (value === undefined) return [key, null]
  const asText = Buffer.from(value).toString('utf8')
  return [key, Buffer.from(asText).equals(Buffer.from(value)) ? asText : { hex: Buffer.from(value).toString('hex') }]
}

export const headersJson = (headers: Iterable<Header>): Json[] => [...headers].map(headerJson)

/** The expected form of headers, with what is not compared blanked out. */
const blanked = (record: Json): Json => {
  const headers = (record as JsonObject)['headers']
  if (!Array.isArray(headers)) return record
  return {
    ...(record as JsonObject),
    headers: headers.map((header) => {
      const name = String((header as Json[])[0])
      return ownValues.has(name) ? [name, ownValues.get(name) ?? null] : header
    }),
  }
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value)
  return text === undefined ? 'nothing' : text.length > 300 ? `${text.slice(0, 300)}…` : text
}

/** Beyond 2^53 the format has a long as text in one place and as a number in another: both as the nearest number here. */
const rounded = (json: Json | undefined): Json | undefined => {
  if (typeof json === 'string' && /^-?\d{16,19}$/.test(json) && !Number.isSafeInteger(Number(json))) return Number(json)
  if (Array.isArray(json)) return json.map((each) => rounded(each) ?? null)
  if (json === null || typeof json !== 'object') return json
  return Object.fromEntries(Object.entries(json).map(([name, each]) => [name, rounded(each) ?? null]))
}

/** Compares two lists of records in order; the first difference is reported. */
export const compareRecords = (what: string, expected: readonly Json[], actual: readonly Json[]): string[] => {
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    const want = expected[i] === undefined ? undefined : blanked(expected[i] as Json)
    if (!isDeepStrictEqual(rounded(want), rounded(actual[i]))) {
      return [`${what}[${i}]: expected ${shown(want)}, got ${shown(actual[i])}`]
    }
  }
  return []
}

/** Compares by key; topics or stores that are only on one side count as empty there. */
export const compareByName = (
  what: string,
  expected: Readonly<Record<string, readonly Json[]>>,
  actual: ReadonlyMap<string, readonly Json[]>,
): string[] => {
  const names = new Set([...Object.keys(expected), ...actual.keys()])
  return [...names].flatMap((name) => compareRecords(`${what} ${name}`, expected[name] ?? [], actual.get(name) ?? []))
}

/** Compares as multisets, as the format asks for store entries. */
export const compareEntries = (what: string, expected: readonly Json[], actual: readonly Json[]): string[] => {
  const sorted = (list: readonly Json[]): string[] => list.map((entry) => JSON.stringify(rounded(entry))).sort()
  const [want, got] = [sorted(expected), sorted(actual)]
  return isDeepStrictEqual(want, got) ? [] : [`${what}: expected ${shown(want)}, got ${shown(got)}`]
}

export const compareText = (what: string, expected: string, actual: string): string[] => {
  if (expected === actual) return []
  const [want, got] = [expected.split('\n'), actual.split('\n')]
  const line = want.findIndex((text, index) => text !== got[index])
  const at = line < 0 ? want.length : line
  return [`${what}, line ${at + 1}: expected ${shown(want[at])}, got ${shown(got[at])}`]
}

const withoutPrefixes = (message: string): string =>
  message.replaceAll(/stream-thread \[main\] |topology-test-driver |task \[0_0\] /g, '').trim()

const innermost = (error: unknown): unknown =>
  error instanceof Error && error.cause !== undefined ? innermost(error.cause) : error

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export interface ExpectedError {
  readonly messageContains: string
  readonly compare: 'message' | 'phaseOnly'
  readonly rootCause?: { class: string; messageContains: string }
}

/** What is wrong with an error that came in the expected phase. */
export const compareError = (expected: ExpectedError, actual: unknown): string[] => {
  if (expected.compare === 'phaseOnly') return []
  const failures: string[] = []
  if (!withoutPrefixes(messageOf(actual)).includes(withoutPrefixes(expected.messageContains))) {
    failures.push(`error: expected ${shown(expected.messageContains)}, got ${shown(messageOf(actual))}`)
  }
  const root = expected.rootCause
  if (root && (root.class.startsWith('org.apache.kafka') || root.messageContains.startsWith('bad value'))) {
    const got = withoutPrefixes(messageOf(innermost(actual)))
    if (!got.includes(withoutPrefixes(root.messageContains))) failures.push(`root cause: expected ${shown(root.messageContains)}, got ${shown(got)}`)
  }
  return failures
}
