import type { StateStore } from '../../topology/api.ts'
import { NotBuilt } from './scenario.ts'
import { isNumber, isWindowed, textOf } from './values.ts'

/** Calls a method of a store by name; what a store of this version lacks is reported by name. */
const call = (store: StateStore, method: string, ...args: unknown[]): unknown => {
  const member = (store as unknown as Record<string, unknown>)[method]
  if (typeof member !== 'function') throw new NotBuilt(`store method ${method}`)
  return (member as (...list: unknown[]) => unknown).apply(store, args)
}

interface Stamped {
  readonly value: unknown
  readonly timestamp: number
  readonly validTo?: number | undefined
  readonly headers?: Iterable<{ key: string; value: Uint8Array | undefined }>
}

interface Aggregation {
  readonly value: unknown
  readonly headers: Iterable<{ key: string; value: Uint8Array | undefined }>
}

const isAggregation = (value: unknown): value is Aggregation =>
  typeof value === 'object' && value !== null && 'headers' in value && !('timestamp' in value)

/** As Java prints them, with signed bytes. */
const aggregationText = ({ value, headers }: Aggregation): string => {
  const list = [...headers].map((header) => {
    const bytes = header.value === undefined ? 'null' : `[${[...new Int8Array(header.value)].join(', ')}]`
    return `RecordHeader(key = ${header.key}, value = ${bytes})`
  })
  return `AggregationWithHeaders{aggregation=${textOf(value)}, headers=RecordHeaders(headers = [${list.join(', ')}], isReadOnly = false)}`
}

const isStamped = (value: unknown): value is Stamped =>
  typeof value === 'object' && value !== null && 'timestamp' in value && 'value' in value

/** A value as `storeCmd` prints it: with `@timestamp` for timestamped stores, `#name=text` for each header where the store keeps them. */
export const printed = (value: unknown): string => {
  if (isAggregation(value)) return aggregationText(value)
  if (!isStamped(value)) return textOf(value)
  let result = `${textOf(value.value)}@${value.timestamp}`
  for (const header of value.headers ?? []) {
    result += `#${header.key}=${header.value ? Buffer.from(header.value).toString() : 'null'}`
  }
  if (value.validTo !== undefined) result += `~${value.validTo}`
  return result
}

const entries = (iterator: unknown): string =>
  [...(iterator as Iterable<[unknown, unknown]>)]
    .map(([key, value]) => `${isWindowed(key) || !isNumber(key) ? textOf(key) : key}=${printed(value)}`)
    .join(',')

export interface CommandRecord {
  readonly key: unknown
  readonly value: unknown
  readonly timestamp: number
  readonly headers: unknown
}

/** What a put of that type of store takes for a plain text. */
const wrapper =
  (type: string, record: CommandRecord) =>
  (text: string): unknown => {
    if (type.startsWith('timestamped')) {
      return type.endsWith('WithHeaders')
        ? { value: text, timestamp: record.timestamp, headers: record.headers }
        : { value: text, timestamp: record.timestamp }
    }
    return type === 'sessionWithHeaders' ? { value: text, headers: record.headers } : text
  }

const open = (text: string | undefined): string | undefined => (text === undefined || text === '' ? undefined : text)

/** Runs one `storeCmd` command (section 9 of the format) and gives its result as text. */
export const storeCommand = (store: StateStore, type: string, record: CommandRecord): string => {
  const [command = '', ...args] = textOf(record.value).split(':')
  const [a = '', b = ''] = args
  const key = record.key
  const wrapped = wrapper(type, record)
  const wrap = (text: string): unknown => (text === 'null' ? undefined : wrapped(text))
  if (type === 'versioned') return versionedCommand(store, command, args, record)
  // Of stores that operators made the type is not known, but what they can do.
  if ('findSessions' in store) return sessionCommand(store, command, args, key, wrap)
  if ('fetchAll' in store) return windowCommand(store, command, args, record, wrap)
  switch (command) {
    case 'put':
      call(store, 'put', key, wrap(a))
      return 'ok'
    case 'putAll':
      call(
        store,
        'putAll',
        a.split(',').map((pair) => {
          const [name = '', value = ''] = pair.split('=')
          return [name, wrap(value)]
        }),
      )
      return 'ok'
    case 'get':
      return printed(call(store, 'get', key))
    case 'delete':
      return printed(call(store, 'delete', key))
    case 'putIfAbsent':
      // Here `null` is a text like any other.
      return printed(call(store, 'putIfAbsent', key, wrapped(a)))
    case 'all':
    case 'reverseAll':
      return entries(call(store, command))
    case 'range':
    case 'reverseRange':
      return entries(call(store, command, open(a), open(b)))
    case 'prefix':
      return entries(call(store, 'prefixScan', a, stringSerializer))
    case 'count':
      return String(call(store, 'approximateNumEntries'))
    default:
      return unknown(command)
  }
}

const stringSerializer = {
  serialize: (_topic: string, data: string | undefined) => (data === undefined ? undefined : Buffer.from(data)),
}

/** A command that no store of the kind has is an error of the processor, part of what scenarios test. */
const unknown = (command: string): never => {
  throw new Error(`cmd ${command}`)
}

type Wrap = (text: string) => unknown

const windowCommand = (store: StateStore, command: string, args: string[], record: CommandRecord, wrap: Wrap): string => {
  const key = record.key
  const [from, to] = [Number(args[0]), Number(args[1])]
  switch (command) {
    case 'put':
      call(store, 'put', key, wrap(args[0] ?? ''), args[1] === undefined ? record.timestamp : Number(args[1]))
      return 'ok'
    case 'get':
      return printed(call(store, 'fetch', key, from))
    case 'fetch':
      return entries(call(store, 'fetch', key, from, to))
    case 'bfetch':
      return entries(call(store, 'backwardFetch', key, from, to))
    case 'fetchAll':
      return entries(call(store, 'fetchAll', from, to))
    case 'bfetchAll':
      return entries(call(store, 'backwardFetchAll', from, to))
    case 'all':
      return entries(call(store, 'all'))
    case 'ball':
      return entries(call(store, 'backwardAll'))
    case 'fetchRange':
      return entries(call(store, 'fetchRange', open(args[2]), open(args[3]), from, to))
    case 'bfetchRange':
      return entries(call(store, 'backwardFetchRange', open(args[2]), open(args[3]), from, to))
    default:
      return unknown(command)
  }
}

const sessionCommand = (store: StateStore, command: string, args: string[], key: unknown, wrap: Wrap): string => {
  const at = (index: number): number => Number(args[index])
  const session = () => ({ key, window: { start: at(command === 'put' ? 1 : 0), end: at(command === 'put' ? 2 : 1) } })
  switch (command) {
    case 'put':
      call(store, 'put', session(), wrap(args[0] ?? ''))
      return 'ok'
    case 'remove':
      call(store, 'remove', session())
      return 'ok'
    case 'get':
      return printed(call(store, 'fetchSession', key, at(0), at(1)))
    case 'fetch':
      return entries(call(store, 'fetch', key))
    case 'bfetch':
      return entries(call(store, 'backwardFetch', key))
    case 'find':
      return entries(call(store, 'findSessions', key, at(0), at(1)))
    case 'bfind':
      return entries(call(store, 'backwardFindSessions', key, at(0), at(1)))
    case 'findRange':
      return entries(call(store, 'findSessionsRange', open(args[2]), open(args[3]), at(0), at(1)))
    case 'fetchRange':
      return entries(call(store, 'fetchRange', open(args[0]), open(args[1])))
    case 'bfetchRange':
      return entries(call(store, 'backwardFetchRange', open(args[0]), open(args[1])))
    default:
      return unknown(command)
  }
}

const versionedCommand = (store: StateStore, command: string, args: string[], record: CommandRecord): string => {
  const key = record.key
  switch (command) {
    case 'put':
      // Java prints all digits of its smallest long.
      return String(BigInt(call(store, 'put', key, args[0] === 'null' ? undefined : args[0], record.timestamp) as number))
    case 'get':
      return printed(call(store, 'get', key))
    case 'asOf':
      return printed(call(store, 'get', key, Number(args[0])))
    case 'delete':
      return printed(call(store, 'delete', key, Number(args[0])))
    default:
      return unknown(command)
  }
}
