import {
  EmitStrategy, JoinWindows, Serdes, SessionWindows, SlidingWindows, Stores, StreamsBuilder, Suppressed, TimeWindows,
} from '../../../lib/index.ts'
import type { KGroupedStream, KStream, KTable, Topology, Windowed } from '../../../lib/index.ts'

/** Times of the windows, ms. Records come up to 3 s late, which all of them forgive. */
export const WINDOW_MS = 10_000
export const ADVANCE_MS = 4_000
export const DIFFERENCE_MS = 3_000
/** As in Java, a record that comes later than this after its time counts as one without a partner, whatever the grace. */
export const JOIN_MS = 12_000
export const GAP_MS = 2_000
export const GRACE_MS = 30_000
export const LIMIT_MS = 5_000
const HISTORY_MS = 3_600_000

/** Two streams and two tables, and where results go. */
export interface FamilyTopics {
  readonly left: string
  readonly right: string
  readonly rows: string
  readonly others: string
  readonly output: string
}

export interface FamilyOptions {
  readonly storeType: 'in_memory' | 'rocksDB'
  readonly caching: boolean
}

type Text = KStream<string, string>
type TextTable = KTable<string, string>

/** What a topology is made of. */
interface Parts extends FamilyOptions {
  readonly left: Text
  readonly right: Text
  readonly grouped: KGroupedStream<string, string>
  readonly rows: () => TextTable
  readonly others: () => TextTable
}

const text = { key: Serdes.string, value: Serdes.string }
const SEPARATOR = ','

/** Sets of ids as sorted lists: a record that is aggregated twice changes nothing. */
export const union = (...sets: readonly string[]): string =>
  [...new Set(sets.flatMap((set) => set.split(SEPARATOR)))].filter((id) => id !== '').sort().join(SEPARATOR)

const without = (set: string, id: string): string => set.split(SEPARATOR).filter((other) => other !== id).join(SEPARATOR)

const start = ({ key, window }: Windowed<string>): string => `${key}@${window.start}`
const span = ({ key, window }: Windowed<string>): string => `${key}@${window.start}-${window.end}`
const pair = (left: string | undefined, right: string | undefined): string => `${left ?? ''}+${right ?? ''}`
/** Rows of `rows` begin with the key of a row of `others`. */
export const foreignKeyOf = (row: string): string => row.split('|')[0] ?? ''

const tumbling = TimeWindows.ofSizeAndGrace(WINDOW_MS, GRACE_MS)
const sliding = SlidingWindows.ofTimeDifferenceAndGrace(DIFFERENCE_MS, GRACE_MS)
const sessions = SessionWindows.ofInactivityGapAndGrace(GAP_MS, GRACE_MS)
const near = JoinWindows.ofTimeDifferenceAndGrace(JOIN_MS, GRACE_MS)
const [onUpdate, onClose] = [EmitStrategy.onWindowUpdate(), EmitStrategy.onWindowClose()]

const empty = (): string => ''
/** As in Java, windows and sessions aggregate records without a value, too. */
const add = (_key: string, id: string | undefined, set: string): string => (id === undefined ? set : union(set, id))
/** Every store is named so, that tests can read it. */
const store = ({ caching }: FamilyOptions) => ({ store: 'results', caching, ...text })

/** As in Java, what is sent when it closes is lost when time jumps beyond the retention. */
const kept = (options: FamilyOptions) => ({ ...store(options), retentionMs: HISTORY_MS })

const inWindows = (windows: TimeWindows | SlidingWindows, strategy: EmitStrategy) => (parts: Parts): Text =>
  parts.grouped.windowedBy(windows).emitStrategy(strategy).aggregate(empty, add, kept(parts)).toStream(start)

const inSessions = (strategy: EmitStrategy) => (parts: Parts): Text =>
  parts.grouped
    .windowedBy(sessions)
    .emitStrategy(strategy)
    .aggregate(empty, add, (_key, one, other) => union(one, other), kept(parts))
    .toStream(span)

/** Topologies by name, one for each family of operators with state. */
const makers = {
  tumbling: inWindows(tumbling, onUpdate),
  hopping: inWindows(tumbling.advanceBy(ADVANCE_MS), onUpdate),
  'tumbling-close': inWindows(tumbling, onClose),
  'hopping-close': inWindows(tumbling.advanceBy(ADVANCE_MS), onClose),
  sliding: inWindows(sliding, onUpdate),
  'sliding-close': inWindows(sliding, onClose),
  sessions: inSessions(onUpdate),
  'sessions-close': inSessions(onClose),
  'suppress-close': (parts) =>
    parts.grouped.windowedBy(tumbling).aggregate(empty, add, store(parts)).suppress(Suppressed.untilWindowCloses({ name: 'final' })).toStream(start),
  'suppress-limit': (parts) =>
    parts.grouped.reduce((a, b) => (a > b ? a : b), store(parts)).suppress(Suppressed.untilTimeLimit(LIMIT_MS, { name: 'slow' })).toStream(),
  'join-inner': ({ left, right, storeType }) => left.join(right, pair, near, { ...text, otherValue: Serdes.string, storeType }),
  'join-left': ({ left, right, storeType }) => left.leftJoin(right, pair, near, { ...text, otherValue: Serdes.string, storeType }),
  'join-outer': ({ left, right, storeType }) => left.outerJoin(right, pair, near, { ...text, otherValue: Serdes.string, storeType }),
  // Without answers to all updates, as in Java, an old result may stand when both rows of a pair change at the same time: a missing
  // partner is no answer then, and the answer that would have deleted the result no longer fits the row.
  'foreign-inner': (parts) =>
    parts.rows().join(parts.others(), foreignKeyOf, pair, { name: 'fk', answerAlways: true }, store(parts)).toStream(),
  'foreign-left': (parts) => parts.rows().leftJoin(parts.others(), foreignKeyOf, pair, { name: 'fk' }, store(parts)).toStream(),
  'table-inner': (parts) => parts.rows().join(parts.others(), pair, store(parts)).toStream(),
  'table-outer': (parts) => parts.rows().outerJoin(parts.others(), pair, store(parts)).toStream(),
  'table-groups': (parts) =>
    parts.rows()
      .groupBy((key, row) => [foreignKeyOf(row), key], text)
      .aggregate(empty, add, (_group, key, set) => without(set, key), store(parts))
      .toStream(),
  cogroup: (parts) =>
    parts.grouped
      .cogroup<string>(add)
      .cogroup(parts.right.groupByKey(text), add)
      .windowedBy(tumbling)
      .aggregate(empty, kept(parts))
      .toStream(start),
  'as-of': ({ left, right }) =>
    left.leftJoin(
      right.toTable({ ...text, store: Stores.persistentVersionedKeyValueStore('results', HISTORY_MS) }),
      pair, { ...text, gracePeriodMs: GRACE_MS, name: 'late' },
    ),
} satisfies Record<string, (parts: Parts) => Text>

export type Family = keyof typeof makers

export const families = Object.keys(makers) as readonly Family[]

export const familyTopology = (family: Family, topics: FamilyTopics, options: FamilyOptions): Topology => {
  const builder = new StreamsBuilder({ 'default.dsl.store': options.storeType })
  const left = builder.stream(topics.left, text)
  const right = builder.stream(topics.right, text)
  const parts: Parts = {
    ...options, left, right,
    grouped: left.groupByKey(text),
    rows: () => builder.table(topics.rows, text, { store: 'rows', caching: options.caching, ...text }),
    others: () => builder.table(topics.others, text, { store: 'others', caching: options.caching, ...text }),
  }
  makers[family](parts).to(topics.output, text)
  return builder.build()
}
