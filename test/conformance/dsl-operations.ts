import type { StreamsBuilder } from '../../dsl/streams-builder.ts'
import * as f from './functions.ts'
import type { BuiltInExtractors } from './options.ts'
import { consumed, grouped, joined, materialized, materializedWithoutName, named, produced, repartitioned, streamJoined, tableJoined } from './options.ts'
import { SessionWindows } from '../../dsl/windows.ts'
import { processorOf } from './processors.ts'
import type { Json, JsonObject, Operation } from './scenario.ts'
import { flag, NotBuilt, object, objects, requiredText, text, texts } from './scenario.ts'
import { storeBuilder } from './stores.ts'
import { valueTransformer } from './value-transformers.ts'
import { emitStrategy, joinWindows, suppressed, windowsOf } from './windows.ts'

type Kind =
  | 'stream'
  | 'table'
  | 'globalTable'
  | 'groupedStream'
  | 'groupedTable'
  | 'windowedStream'
  | 'sessionStream'
  | 'cogrouped'
  | 'windowedCogrouped'
  | 'sessionCogrouped'
  | 'other'

interface Named {
  readonly kind: Kind
  readonly value: object
}

/** What a run of operations notes besides the topology. */
export interface Notes {
  readonly branches: Map<string, string[]>
  sideEffect(key: unknown, value: unknown): void
}

/** Carries out the DSL operations of a scenario on a `StreamsBuilder` (section 4 of the format). */
export class DslOperations {
  readonly #builder: StreamsBuilder
  readonly #notes: Notes
  readonly #extractors: BuiltInExtractors
  readonly #results = new Map<string, Named>()
  /** Types of the stores that were added by name, so that `storeCmd` knows what it talks to. */
  readonly #storeTypes = new Map<string, string>()

  constructor(builder: StreamsBuilder, notes: Notes, extractors: BuiltInExtractors) {
    this.#builder = builder
    this.#notes = notes
    this.#extractors = extractors
  }

  run(operations: readonly Operation[]): void {
    for (const operation of operations) {
      const result = this.#apply(operation)
      const id = text(operation, 'id')
      if (result && id !== undefined) this.#results.set(id, result)
    }
  }

  #apply(operation: Operation): Named | undefined {
    const source = this.#source(operation)
    if (source) return source.kind === 'other' ? undefined : source
    const from = this.#result(requiredText(operation, 'from'))
    if (operation.op === 'split') return this.#split(operation, from)
    if (operation.op === 'join' || operation.op === 'leftJoin' || operation.op === 'outerJoin') return this.#join(operation, from)
    if (operation.op === 'windowedBy') return windowedBy(operation, from)
    const [kind, args, method = operation.op] = this.#call(operation, from)
    const value = invoke(from.value, method, args)
    return value !== null && typeof value === 'object' ? { kind, value } : undefined
  }

  #result(id: string): Named {
    const found = this.#results.get(id)
    if (!found) throw new Error(`the scenario has no result ${id}`)
    return found
  }

  #source(operation: Operation): Named | undefined {
    const builder = this.#builder
    const withStore = [consumed(operation, this.#extractors), materializedWithoutName(operation)]
    switch (operation.op) {
      case 'stream': {
        const pattern = text(operation, 'pattern')
        const topics = texts(operation, 'topics')
        const what = pattern === undefined ? (topics.length === 1 ? topics[0] : topics) : new RegExp(pattern)
        return { kind: 'stream', value: invoke(builder, 'stream', [what, consumed(operation, this.#extractors)]) as object }
      }
      case 'table':
        return { kind: 'table', value: invoke(builder, 'table', [requiredText(operation, 'topic'), ...withStore]) as object }
      case 'globalTable':
        return { kind: 'globalTable', value: invoke(builder, 'globalTable', [requiredText(operation, 'topic'), ...withStore]) as object }
      case 'addStateStore': {
        const spec = object(operation, 'store') ?? {}
        this.#storeTypes.set(requiredText(spec, 'name'), requiredText(spec, 'type'))
        invoke(builder, 'addStateStore', [storeBuilder(spec)])
        return { kind: 'other', value: builder }
      }
      case 'addGlobalStore': {
        const spec = object(operation, 'store') ?? {}
        const name = requiredText(spec, 'name')
        this.#storeTypes.set(name, requiredText(spec, 'type'))
        const get = processorOf(requiredText(operation, 'processor'), [name], [requiredText(spec, 'type')], operation)
        const topic = requiredText(operation, 'topic')
        invoke(builder, 'addGlobalStore', [storeBuilder(spec), topic, consumed(operation, this.#extractors), { get }])
        return { kind: 'other', value: builder }
      }
      default:
        return undefined
    }
  }

  /** Arguments of a plain call, the kind of its result, and the method where it is not the operation's name. */
  #call(operation: Operation, from: Named): [kind: Kind, args: unknown[], method?: string] {
    const fn = (): string => requiredText(operation, 'fn')
    const same = from.kind
    // Tables take a store description where streams take a name.
    const last = same === 'table' ? materialized(operation) : named(operation)
    switch (operation.op) {
      case 'filter':
      case 'filterNot':
        return [same, [f.predicate(fn()), last]]
      case 'mapValues':
        return [same, [f.valueMapper(fn()), last]]
      case 'map':
        return ['stream', [f.keyValueMapper(fn()), last]]
      case 'selectKey':
        return ['stream', [f.keySelector(fn()), last]]
      case 'flatMap':
        return ['stream', [f.flatMapper(fn()), last]]
      case 'flatMapValues':
        return ['stream', [f.flatValueMapper(fn()), last]]
      case 'peek':
      case 'foreach':
        return ['stream', [(key: unknown, value: unknown) => this.#notes.sideEffect(key, value), last]]
      case 'print':
        return ['other', [{ file: '/dev/null', ...(text(operation, 'name') === undefined ? {} : { name: text(operation, 'name') }) }]]
      case 'merge':
        return ['stream', [this.#result(requiredText(operation, 'with')).value, last]]
      case 'repartition':
        return ['stream', [repartitioned(operation)]]
      case 'to': {
        const topicFn = text(operation, 'topicFn')
        return ['other', [topicFn === undefined ? requiredText(operation, 'topic') : f.topicExtractor(topicFn), produced(operation)]]
      }
      case 'toTable':
        return ['table', [materialized(operation)]]
      case 'toStream': {
        const keyFn = text(operation, 'keyFn')
        return ['stream', keyFn === undefined ? [named(operation)] : [f.keySelector(keyFn), named(operation)]]
      }
      case 'transformValues': {
        const { supplier, stores } = valueTransformer(operation)
        return ['table', [supplier, { ...materialized(operation), stores }]]
      }
      case 'groupByKey':
        return ['groupedStream', [grouped(operation)]]
      case 'groupBy':
        return same === 'table'
          ? ['groupedTable', [f.keyValueMapper(fn()), grouped(operation)]]
          : ['groupedStream', [f.keySelector(fn()), grouped(operation)]]
      case 'count':
        return ['table', [materialized(operation)]]
      case 'reduce':
      case 'aggregate':
        return ['table', aggregation(operation, same)]
      case 'cogroup':
        return ['cogrouped', same === 'cogrouped' ? [this.#result(requiredText(operation, 'with')).value, f.aggregator(fn())] : [f.aggregator(fn())]]
      case 'suppress':
        return ['table', [suppressed(operation)]]
      case 'process':
      case 'processValues':
        return ['stream', this.#process(operation)]
      default:
        throw new NotBuilt(operation.op)
    }
  }

  #process(operation: Operation): unknown[] {
    const specs = objects(operation, 'supplierStores')
    const own = specs.map((spec) => requiredText(spec, 'name'))
    const names = own.length > 0 ? own : texts(operation, 'stores')
    const typeOf = (name: string): string => {
      const spec = specs.find((candidate) => candidate['name'] === name)
      return spec ? requiredText(spec, 'type') : (this.#storeTypes.get(name) ?? 'timestampedKeyValue')
    }
    const get = processorOf(requiredText(operation, 'processor'), names, names.map(typeOf), operation)
    const supplier = own.length > 0 ? { get, stores: specs.map(storeBuilder) } : { get }
    return [supplier, { ...named(operation), ...(own.length > 0 ? {} : { stores: names }) }]
  }

  #join(operation: Operation, from: Named): Named {
    const other = this.#result(requiredText(operation, 'with'))
    const join = f.joiner(requiredText(operation, 'fn'))
    const result = (kind: Kind, args: unknown[]): Named => ({ kind, value: invoke(from.value, operation.op, args) as object })
    if (other.kind === 'globalTable') {
      const select = f.keySelector(requiredText(operation, 'keyFn'))
      return result('stream', [other.value, select, join, named(operation)])
    }
    if (from.kind === 'table') {
      // Joiners of tables get no key in Java.
      const keyless = (left: unknown, right: unknown): unknown => join(left, right, undefined)
      if (text(operation, 'fkFn') === undefined) return result('table', [other.value, keyless, materialized(operation)])
      const select = f.keySelector(requiredText(operation, 'fkFn'))
      // The format calls its extractors with a null key unless it says otherwise.
      const extract = flag(operation, 'fkWithKey') ? (value: unknown, key: unknown) => select(key, value) : (value: unknown) => select(undefined, value)
      // The recorder knows no extractor with a key and a `TableJoined` together: it leaves the latter out.
      return result('table', [other.value, extract, keyless, flag(operation, 'fkWithKey') ? undefined : tableJoined(operation), materializedWithoutName(operation)])
    }
    if (other.kind === 'stream') return result('stream', [other.value, join, joinWindows(operation), streamJoined(operation)])
    return result('stream', [other.value, join, joined(operation)])
  }

  #split(operation: Operation, from: Named): undefined {
    const id = requiredText(operation, 'id')
    let current = invoke(from.value, 'split', [named(operation)]) as object
    for (const branch of objects(operation, 'branches')) {
      current = invoke(current, 'branch', [f.predicate(requiredText(branch, 'fn')), this.#branched(branch)]) as object
    }
    const rest = object(operation, 'default')
    const ended = rest === undefined ? invoke(current, 'noDefaultBranch', []) : invoke(current, 'defaultBranch', [this.#branched(rest)])
    const branches = ended as ReadonlyMap<string, object>
    this.#notes.branches.set(id, [...branches.keys()].sort())
    for (const [key, value] of branches) this.#results.set(`${id}/${key}`, { kind: 'stream', value })
    return undefined
  }

  #branched(branch: JsonObject): object | undefined {
    const name = text(branch, 'name')
    const chain = text(branch, 'chain')
    const body = (stream: object): object | undefined => {
      this.#results.set('$', { kind: 'stream', value: stream })
      this.#results.delete('$result')
      this.run((branch['ops'] ?? []) as Json[] as Operation[])
      return this.#results.get('$result')?.value
    }
    if (name === undefined && chain === undefined) return undefined
    return {
      ...(name === undefined ? {} : { name }),
      ...(chain === 'function' ? { withFunction: body } : {}),
      ...(chain === 'consumer' ? { withConsumer: (stream: object) => void body(stream) } : {}),
    }
  }
}

const windowedBy = (operation: Operation, from: Named): Named => {
  const windows = windowsOf(object(operation, 'windows') ?? {})
  const session = windows instanceof SessionWindows
  const value = invoke(from.value, 'windowedBy', [windows]) as object
  if (from.kind === 'cogrouped') return { kind: session ? 'sessionCogrouped' : 'windowedCogrouped', value }
  const emit = text(operation, 'emit')
  const emitting = emit === undefined ? value : (invoke(value, 'emitStrategy', [emitStrategy(emit)]) as object)
  return { kind: session ? 'sessionStream' : 'windowedStream', value: emitting }
}

const aggregation = (operation: Operation, kind: Kind): unknown[] => {
  const table = kind === 'groupedTable'
  const isStored = object(operation, 'materialized') !== undefined
  const needsStore = kind === 'groupedStream' || (table && operation.op === 'reduce')
  const store = needsStore && !isStored ? undefined : materialized(operation)
  if (kind === 'cogrouped' || kind === 'windowedCogrouped') return [f.initializer(requiredText(operation, 'init')), store]
  if (kind === 'sessionCogrouped') {
    return [f.initializer(requiredText(operation, 'init')), f.sessionMerger(requiredText(operation, 'merger')), store]
  }
  if (kind === 'sessionStream' && operation.op === 'aggregate') {
    const merger = f.sessionMerger(requiredText(operation, 'merger'))
    return [f.initializer(requiredText(operation, 'init')), f.aggregator(requiredText(operation, 'fn')), merger, store]
  }
  if (operation.op === 'reduce') {
    if (!table) return [f.reducer(requiredText(operation, 'fn')), store]
    return [f.reducer(requiredText(operation, 'adder')), f.reducer(requiredText(operation, 'subtractor')), store]
  }
  const start = f.initializer(requiredText(operation, 'init'))
  if (!table) return [start, f.aggregator(requiredText(operation, 'fn')), store]
  return [start, f.aggregator(requiredText(operation, 'adder')), f.aggregator(requiredText(operation, 'subtractor')), store]
}

/** Calls a method by name; one that is not there is an operator that is not built yet. */
const invoke = (target: object, method: string, args: unknown[]): unknown => {
  const member = (target as Record<string, unknown>)[method]
  if (typeof member !== 'function') throw new NotBuilt(method)
  return (member as (...list: unknown[]) => unknown).apply(target, args)
}
