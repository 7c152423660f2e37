import type { ConsumerRecord, RecordContext, TimestampExtractor } from '../../topology/api.ts'
import { NotBuilt } from './scenario.ts'
import type { Long } from './values.ts'
import { add, BadValue, Double, isNumber, isWindowed, longOf, remainder, subtract, textOf } from './values.ts'

/** The catalogue of functions that scenarios name (section 8 of the format). Null is `undefined` here. */
type Pair = readonly [unknown, unknown]

const lookUp = <F>(kind: string, catalogue: Record<string, F>, name: string): F => {
  const found = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined
  if (found === undefined) throw new NotBuilt(`${kind} ${name}`)
  return found
}

const absent = (value: unknown): value is undefined => value === undefined || value === null
/** What Java casts to a string: anything else fails, a null too where it is used. */
const asText = (value: unknown): string => {
  if (typeof value !== 'string') throw new TypeError(`${textOf(value)} is not a string`)
  return value
}
const textOrNothing = (value: unknown): string => (absent(value) ? '' : asText(value))
/** What Java turns into a long by `Number.longValue`: a null fails. */
const asLong = (value: unknown): Long => {
  if (isNumber(value)) return value
  if (value instanceof Double) return longOf(value.value)
  throw new TypeError(`${textOf(value)} is not a number`)
}
/** A sum so far; a null is read as 0. */
const longOrZero = (value: unknown): Long => (absent(value) ? 0 : asLong(value))
const more = (a: Long, b: Long): boolean => a > b
const failOnBad = (...values: unknown[]): void => {
  if (values.includes('bad')) throw new BadValue()
}

const predicates: Record<string, (key: unknown, value: unknown) => boolean> = {
  true: () => true,
  false: () => false,
  notNull: (_k, v) => !absent(v),
  keyNotNull: (k) => !absent(k),
  even: (_k, v) => !absent(v) && Number(remainder(asLong(v), 2)) === 0,
  positive: (_k, v) => !absent(v) && asLong(v) > 0,
  over100: (_k, v) => !absent(v) && asLong(v) > 100,
  startsWithA: (_k, v) => textOrNothing(v).startsWith('a'),
  startsWithB: (_k, v) => textOrNothing(v).startsWith('b'),
  longerThan3: (_k, v) => textOrNothing(v).length > 3,
  keyStartsWithA: (k) => textOrNothing(k).startsWith('a'),
  failOnBad: (_k, v) => {
    failOnBad(v)
    return true
  },
}
export const predicate = (name: string) => lookUp('predicate', predicates, name)

const forPresent =
  (map: (value: unknown, key: unknown) => unknown) =>
  (value: unknown, key: unknown): unknown =>
    absent(value) ? undefined : map(value, key)

const parseLong = (value: string): Long => {
  if (!/^[+-]?\d+$/.test(value)) throw new Error(`For input string: "${value}"`)
  return add(Number.isSafeInteger(Number(value)) ? Number(value) : BigInt(value), 0)
}

const reversed = (value: unknown): string => [...asText(value)].reverse().join('')

const valueMappers: Record<string, (value: unknown, key: unknown) => unknown> = {
  identity: (v) => v,
  upper: forPresent((v) => asText(v).toUpperCase()),
  reverse: forPresent(reversed),
  length: forPresent((v) => asText(v).length),
  parseLong: forPresent((v) => parseLong(asText(v))),
  toString: forPresent(textOf),
  nullToText: textOf,
  double: forPresent((v) => add(asLong(v), asLong(v))),
  addOne: forPresent((v) => add(asLong(v), 1)),
  toNull: () => undefined,
  nullIfX: (v) => (v === 'x' ? undefined : v),
  nullIfEven: forPresent((v) => (Number(remainder(asLong(v), 2)) === 0 ? undefined : v)),
  appendKey: forPresent((v, k) => `${textOf(v)}@${textOf(k)}`),
  failOnBad: (v) => {
    failOnBad(v)
    return v
  },
}
/** Functions that use the key's value too: Java's key-aware overload. */
export const valueMapper = (name: string) => lookUp('value mapper', valueMappers, name)

const keySelectors: Record<string, (key: unknown, value: unknown) => unknown> = {
  value: (_k, v) => v,
  key: (k) => k,
  firstChar: (_k, v) => (textOrNothing(v) === '' ? undefined : asText(v).charAt(0)),
  keyUpper: (k) => (absent(k) ? undefined : asText(k).toUpperCase()),
  constant: () => 'all',
  null: () => undefined,
  modThree: (_k, v) => (absent(v) ? undefined : textOf(remainder(asLong(v), 3))),
  fk: (_k, v) => (textOrNothing(v).includes('|') ? asText(v).slice(0, asText(v).indexOf('|')) : undefined),
  windowedToString: (k) => textOf(k),
  unwrapKey: (k) => (isWindowed(k) ? k.key : k),
  windowStart: (k) => (isWindowed(k) ? k.window.start : undefined),
  failOnBad: (k, v) => {
    failOnBad(v)
    return k
  },
}
export const keySelector = (name: string) => lookUp('key selector', keySelectors, name)

const keyValueMappers: Record<string, (key: unknown, value: unknown) => Pair | undefined> = {
  identity: (k, v) => [k, v],
  swap: (k, v) => [v, k],
  upperBoth: (k, v) => [absent(k) ? undefined : asText(k).toUpperCase(), absent(v) ? undefined : asText(v).toUpperCase()],
  firstCharKey: (k, v) => [keySelector('firstChar')(k, v), v],
  nullKey: (_k, v) => [undefined, v],
  nullValue: (k) => [k, undefined],
  keyAndLength: (k, v) => [k, absent(v) ? undefined : asText(v).length],
  valueToKeyOne: (_k, v) => [v, 1],
  fkAndRest: (_k, v) => {
    const [head = '', rest] = splitAtBar(asText(v))
    return rest === undefined ? [v, v] : [head, rest]
  },
  fkAndAmount: (_k, v) => {
    const [head, rest] = splitAtBar(asText(v))
    return [head, parseLong(rest ?? '')]
  },
  returnNull: () => undefined,
  failOnBad: (k, v) => {
    failOnBad(v)
    return [k, v]
  },
}
export const keyValueMapper = (name: string) => lookUp('key-value mapper', keyValueMappers, name)

const splitAtBar = (value: string): [string, string?] => {
  const bar = value.indexOf('|')
  return bar < 0 ? [value] : [value.slice(0, bar), value.slice(bar + 1)]
}

const words = (value: unknown): string[] =>
  textOrNothing(value)
    .split(' ')
    .filter((word) => word !== '')

const flatMappers: Record<string, (key: unknown, value: unknown) => Pair[] | undefined> = {
  words: (_k, v) => words(v).map((word): Pair => [word, 1]),
  twice: (k, v) => [
    [k, v],
    [k, v],
  ],
  none: () => [],
  returnNull: () => undefined,
}
export const flatMapper = (name: string) => lookUp('flat mapper', flatMappers, name)

const flatValueMappers: Record<string, (value: unknown, key: unknown) => unknown[]> = {
  words,
  chars: (v) => textOrNothing(v).split(''),
  none: () => [],
  withNull: (v) => [v, undefined],
  appendKey: (v, k) => [`${textOf(v)}@${textOf(k)}`],
}
export const flatValueMapper = (name: string) => lookUp('flat value mapper', flatValueMappers, name)

const joiners: Record<string, (left: unknown, right: unknown) => unknown> = {
  concat: (l, r) => `${textOf(l)}+${textOf(r)}`,
  sum: (l, r) => add(longOrZero(l), longOrZero(r)),
  left: (l) => l,
  right: (_l, r) => r,
  null: () => undefined,
  failOnBad: (l, r) => {
    failOnBad(l, r)
    return `${textOf(l)}+${textOf(r)}`
  },
}
/** The joiner, and whether it is the key-aware overload: that one takes the key as a third argument. */
export const joiner = (name: string): ((left: unknown, right: unknown, key?: unknown) => unknown) =>
  name === 'concatKey'
    ? (left, right, key) => `${textOf(key)}:${textOf(left)}+${textOf(right)}`
    : lookUp('joiner', joiners, name)

const initializers: Record<string, () => unknown> = {
  zero: () => 0,
  ten: () => 10,
  empty: () => '',
  null: () => undefined,
}
export const initializer = (name: string) => lookUp('initializer', initializers, name)

const textAggregate = (value: unknown): string => (absent(value) ? '' : textOf(value))

const aggregators: Record<string, (key: unknown, value: unknown, aggregate: unknown) => unknown> = {
  sum: (_k, v, a) => add(longOrZero(a), asLong(v)),
  subtract: (_k, v, a) => subtract(longOrZero(a), asLong(v)),
  count: (_k, _v, a) => add(longOrZero(a), 1),
  uncount: (_k, _v, a) => subtract(longOrZero(a), 1),
  concat: (_k, v, a) => textAggregate(a) + textOf(v),
  concatPlus: (_k, v, a) => `${textAggregate(a)}+${textOf(v)}`,
  concatMinus: (_k, v, a) => `${textAggregate(a)}-${textOf(v)}`,
  concatKey: (k, v, a) => textAggregate(a) + textOf(k) + textOf(v),
  remove: (_k, v, a) => asText(a).replace(textOf(v), () => ''),
  length: (_k, v, a) => add(longOrZero(a), asText(v).length),
  max: (_k, v, a) => (absent(a) ? v : more(asLong(v), asLong(a)) ? asLong(v) : a),
  last: (_k, v) => v,
  null: () => undefined,
  sumOrNull: (_k, v, a) => {
    const sum = add(longOrZero(a), asLong(v))
    return sum < 0 ? undefined : sum
  },
  failOnBad: (_k, v, a) => {
    failOnBad(v)
    return textAggregate(a) + textOf(v)
  },
}
export const aggregator = (name: string) => lookUp('aggregator', aggregators, name)

const reducers: Record<string, (current: unknown, next: unknown) => unknown> = {
  sum: (a, b) => add(asLong(a), asLong(b)),
  subtract: (a, b) => subtract(asLong(a), asLong(b)),
  max: (a, b) => (more(asLong(b), asLong(a)) ? b : a),
  min: (a, b) => (more(asLong(a), asLong(b)) ? b : a),
  concat: (a, b) => textOf(a) + textOf(b),
  concatMinus: (a, b) => `${textOf(a)}-${textOf(b)}`,
  first: (a) => a,
  last: (_a, b) => b,
  null: () => undefined,
  nullIfSumZero: (a, b) => {
    const sum = add(asLong(a), asLong(b))
    return Number(sum) === 0 ? undefined : sum
  },
}
export const reducer = (name: string) => lookUp('reducer', reducers, name)

const mergers: Record<string, (key: unknown, a: unknown, b: unknown) => unknown> = {
  sum: (_k, a, b) => add(longOrZero(a), longOrZero(b)),
  max: (_k, a, b) => (more(asLong(b), asLong(a)) ? b : a),
  concat: (_k, a, b) => textAggregate(a) + textAggregate(b),
  concatBar: (_k, a, b) => `${textAggregate(a)}|${textAggregate(b)}`,
}
export const sessionMerger = (name: string) => lookUp('session merger', mergers, name)

/** Of values that are neither numbers nor texts, a null among them, the record's own time. */
const numberBeforeColon = (record: ConsumerRecord): number => {
  if (isNumber(record.value) || record.value instanceof Double) return Number(asLong(record.value))
  if (typeof record.value !== 'string') return record.timestamp
  const head = record.value.split(':')[0] ?? ''
  if (!/^[+-]?\d+$/.test(head)) throw new Error(`For input string: "${head}"`)
  return Number(head)
}

/** The extractors of the format that are not built in. */
export const ownExtractors: Record<string, TimestampExtractor> = {
  valueNumber: numberBeforeColon,
  negative: () => -1,
  constant500: () => 500,
  partitionTimePlus1: (_record, partitionTime) => partitionTime + 1,
}

const topicExtractors: Record<string, (key: unknown, value: unknown, context: RecordContext) => string> = {
  byKey: (k) => `out-${textOf(k)}`,
  byValue: (_k, v) => `out-${textOf(v)}`,
  bySourceTopic: (_k, _v, context) => `copy-${context.topic ?? null}`,
}
/** A function with the name in the catalogue, which is how `describe()` prints it. */
export const topicExtractor = (name: string) =>
  lookUp('topic name extractor', topicExtractors, name)

const partitioners: Record<string, (topic: string, key: unknown, value: unknown) => readonly number[] | undefined> = {
  zero: () => [0],
  default: () => undefined,
  dropB: (_topic, _k, v) => (v === 'b' ? [] : [0]),
}
export const partitioner = (name: string) => lookUp('stream partitioner', partitioners, name)
