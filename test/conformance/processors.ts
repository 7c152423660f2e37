import { Headers } from '../../lib/core/headers.ts'
import type { KeyValueStore, ProcessorContext, Record, StateStore, ValueAndTimestamp } from '../../topology/api.ts'
import { Record as RecordOf } from '../../topology/api.ts'
import type { JsonObject } from './scenario.ts'
import { integer, NotBuilt, text } from './scenario.ts'
import { printed, storeCommand } from './store-commands.ts'
import type { Long } from './values.ts'
import { add, BadValue, isNumber, textOf } from './values.ts'
import { valueMapper } from './functions.ts'

type Context = ProcessorContext<unknown, unknown>
type AnyRecord = Record<unknown, unknown>

/** One running processor of the catalogue (section 9 of the format). */
interface Running {
  readonly context: Context
  readonly stores: readonly StateStore[]
  /** The type of each store as the scenario declares it. */
  readonly storeTypes: readonly string[]
  readonly args: JsonObject
}

type Kind = (running: Running) => (record: AnyRecord) => void

const firstStore = <S>({ stores }: Running): S => stores[0] as unknown as S
const kv = (running: Running) => firstStore<KeyValueStore<unknown, unknown>>(running)
const next = (value: unknown): Long => add(isNumber(value) ? value : 0, 1)

/** What Java's processor reads without a check: inside punctuators there is no topic, and it fails. */
const present = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('there is no record')
  return value
}

const interval = ({ args }: Running): number => integer(args, 'intervalMs') ?? 1000

const punctuating =
  (types: ('stream-time' | 'wall-clock-time')[], alsoForward = false): Kind =>
  (running) => {
    const { context } = running
    for (const type of types) {
      const name = type === 'stream-time' ? 'stream' : 'wall'
      context.schedule(interval(running), type, (t) => context.forward(new RecordOf<unknown, unknown>(name, textOf(t), t)))
    }
    return (record) => {
      if (alsoForward) context.forward(record)
    }
  }

const mapping =
  (map: (record: AnyRecord, running: Running) => AnyRecord | undefined): Kind =>
  (running) =>
  (record) => {
    const result = map(record, running)
    if (result) running.context.forward(result)
  }

const kinds: { readonly [name: string]: Kind } = {
  passthrough: mapping((r) => r),
  upperValue: mapping((r) => r.withValue(valueMapper('upper')(r.value, r.key))),
  keyFromValue: mapping((r) => r.withKey(r.value)),
  swallow: mapping(() => undefined),
  forwardTwice:
    ({ context }) =>
    (r) => {
      context.forward(r)
      context.forward(r.withValue(`${textOf(r.value)}2`))
    },
  failOnBad: mapping((r) => {
    if (r.value === 'bad') throw new BadValue()
    return r
  }),
  shiftTimestamp: mapping((r) => r.withTimestamp(r.timestamp + 1000)),
  negativeTimestamp: mapping((r) => r.withTimestamp(-1)),
  headerTagger: mapping((r) => r.withHeaders(r.headers.add('tag', textOf(r.key)))),
  headerDropper: mapping((r) => r.withHeaders(Headers.empty)),
  headersToValue: mapping((r) =>
    r.withValue(
      r.headers
        .toArray()
        .map(({ key, value }) => `${key}=${value ? Buffer.from(value).toString() : 'null'}`)
        .join(','),
    ),
  ),
  metadataProbe: mapping((r, { context }) => {
    const { topic, partition, offset } = present(context.recordMetadata)
    return r.withValue(`${textOf(topic)}|${partition}|${offset}|${r.timestamp}`)
  }),
  contextProbe: mapping((r, { context: c }) =>
    r.withValue(`${c.applicationId}|${c.taskId}|${c.currentStreamTimeMs}|${c.currentSystemTimeMs}`),
  ),
  forwardToNamedChild:
    ({ context }) =>
    (r) =>
      context.forward(r, textOf(r.value).startsWith('a') ? 'child-a' : 'child-b'),
  forwardToUnknownChild:
    ({ context }) =>
    (r) =>
      context.forward(r, 'nowhere'),
  dedupe: mapping((r, running) => {
    if (kv(running).get(r.key) === r.value) return undefined
    kv(running).put(r.key, r.value)
    return r
  }),
  countPerKey: mapping((r, running) => {
    const n = next(kv(running).get(r.key))
    kv(running).put(r.key, n)
    return r.withValue(n)
  }),
  countPerKeyTs: mapping((r, running) => {
    const store = firstStore<KeyValueStore<unknown, ValueAndTimestamp<unknown>>>(running)
    const old = store.get(r.key)
    const n = next(old?.value)
    const timestamp = Math.max(old?.timestamp ?? -1, r.timestamp)
    store.put(r.key, { value: n, timestamp })
    return r.withValue(n).withTimestamp(timestamp)
  }),
  put: mapping((r, running) => {
    kv(running).put(r.key, r.value)
    return r
  }),
  globalPut: mapping((r, running) => {
    kv(running).put(r.key, r.value)
    return undefined
  }),
  globalPutUpper: mapping((r, running) => {
    kv(running).put(r.key, valueMapper('upper')(r.value, r.key))
    return undefined
  }),
  lookup: mapping((r, running) => r.withValue(`${textOf(r.value)}/${printed(kv(running).get(r.key))}`)),
  joinTwoStores: mapping((r, running) => {
    const [first, second] = running.stores as unknown as KeyValueStore<unknown, unknown>[]
    const target = present(present(running.context.recordMetadata).topic).endsWith('1') ? first : second
    target?.put(r.key, r.value)
    return r.withValue(`${textOf(first?.get(r.key))}/${textOf(second?.get(r.key))}`)
  }),
  punctuateStreamTime: punctuating(['stream-time']),
  punctuateWallClock: punctuating(['wall-clock-time']),
  punctuateBoth: punctuating(['stream-time', 'wall-clock-time'], true),
  punctuateTwiceThenCancel: (running) => {
    let calls = 0
    const schedule = running.context.schedule(interval(running), 'stream-time', (t) => {
      running.context.forward(new RecordOf<unknown, unknown>('stream', textOf(t), t))
      if (++calls === 2) schedule.cancel()
    })
    return () => {}
  },
  punctuateAnchored: (running) => {
    const type = text(running.args, 'clock') === 'wall' ? 'wall-clock-time' : 'stream-time'
    running.context.schedule(
      interval(running),
      type,
      (t) => running.context.forward(new RecordOf<unknown, unknown>('anchored', textOf(t), t)),
      { startMs: integer(running.args, 'anchorMs') ?? 0 },
    )
    return () => {}
  },
  punctuateMetadata: (running) => {
    const { context } = running
    context.schedule(interval(running), 'stream-time', (t) =>
      context.forward(new RecordOf<unknown, unknown>('stream', context.recordMetadata ? 'present' : 'absent', t)),
    )
    return () => {}
  },
  punctuateFail: (running) => {
    running.context.schedule(interval(running), 'stream-time', () => {
      throw new BadValue('punctuate')
    })
    return () => {}
  },
  bufferUntilPunctuate: (running) => {
    const store = kv(running)
    running.context.schedule(interval(running), 'stream-time', (t) => {
      for (const [key, value] of [...store.all()]) {
        running.context.forward(new RecordOf(key, value, t))
        store.delete(key)
      }
    })
    return (r) => store.put(r.key, r.value)
  },
  ttl: (running) => {
    const store = firstStore<KeyValueStore<unknown, ValueAndTimestamp<unknown>>>(running)
    running.context.schedule(interval(running), 'stream-time', (t) => {
      for (const [key, entry] of [...store.all()]) {
        if (entry.timestamp > t - 1000) continue
        store.delete(key)
        running.context.forward(new RecordOf<unknown, unknown>(key, undefined, t))
      }
    })
    return (r) => {
      store.put(r.key, r.value === undefined ? undefined : { value: r.value, timestamp: r.timestamp })
      running.context.forward(r)
    }
  },
  storeCmd: mapping((r, running) => {
    const store = running.stores[0]
    if (!store) throw new Error('storeCmd needs a store')
    return r.withValue(storeCommand(store, running.storeTypes[0] ?? 'keyValue', r))
  }),
}

/** A processor of the catalogue; `storeNames` are fetched in `init`. */
export const processorOf = (name: string, storeNames: string[], storeTypes: string[], args: JsonObject) => {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (!kind) throw new NotBuilt(`processor ${name}`)
  return () => {
    let run: (record: AnyRecord) => void = () => {}
    return {
      init(context: Context) {
        run = kind({ context, stores: storeNames.map((store) => context.getStateStore(store)), storeTypes, args })
      },
      process(record: AnyRecord) {
        run(record)
      },
    }
  }
}
