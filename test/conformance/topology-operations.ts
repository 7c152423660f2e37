import type { Topology } from '../../topology/topology.ts'
import type { AutoOffsetReset } from '../../topology/api.ts'
import { partitioner, topicExtractor } from './functions.ts'
import type { BuiltInExtractors } from './options.ts'
import { extractor } from './options.ts'
import { processorOf } from './processors.ts'
import type { JsonObject, Operation } from './scenario.ts'
import { NotBuilt, object, objects, requiredText, text, texts } from './scenario.ts'
import { storeBuilder } from './stores.ts'
import { serdeOf } from './values.ts'

const optionalSerde = (source: JsonObject, name: string) => {
  const serde = text(source, name)
  return serde === undefined ? undefined : serdeOf(serde)
}

const serdes = (source: JsonObject) => ({ key: optionalSerde(source, 'key'), value: optionalSerde(source, 'value') })

/** Carries out the Processor API operations of a scenario on a `Topology` (section 5 of the format). */
export const applyTopologyOperations = (topology: Topology, operations: readonly Operation[], builtIn: BuiltInExtractors): void => {
  const types = storeTypes(operations)
  for (const operation of operations) apply(topology, operation, types, builtIn)
}

/** Every store's type by name, wherever it is declared: processors may be added before their stores. */
const storeTypes = (operations: readonly Operation[]): ReadonlyMap<string, string> => {
  const specs = operations.flatMap((operation) => [object(operation, 'store') ?? {}, ...objects(operation, 'supplierStores')])
  return new Map(specs.filter((spec) => spec['name'] !== undefined).map((spec) => [requiredText(spec, 'name'), requiredText(spec, 'type')]))
}

const processor = (operation: Operation, names: string[], types: ReadonlyMap<string, string>) =>
  processorOf(
    requiredText(operation, 'processor'),
    names,
    names.map((name) => types.get(name) ?? 'keyValue'),
    operation,
  )

const apply = (topology: Topology, operation: Operation, types: ReadonlyMap<string, string>, builtIn: BuiltInExtractors): void => {
  const name = (): string => requiredText(operation, 'name')
  const parents = texts(operation, 'parents')
  switch (operation.op) {
    case 'addSource': {
      const pattern = text(operation, 'pattern')
      topology.addSource(name(), pattern === undefined ? texts(operation, 'topics') : new RegExp(pattern), {
        ...serdes(operation),
        timestampExtractor: extractor(text(operation, 'timestampExtractor'), builtIn),
        offsetReset: text(operation, 'offsetReset') as AutoOffsetReset | undefined,
      })
      return
    }
    case 'addProcessor': {
      const own = objects(operation, 'supplierStores')
      const names = own.length > 0 ? own.map((spec) => requiredText(spec, 'name')) : texts(operation, 'stores')
      const get = processor(operation, names, types)
      topology.addProcessor(name(), own.length > 0 ? { get, stores: own.map(storeBuilder) } : { get }, ...parents)
      return
    }
    case 'addSink': {
      const topicFn = text(operation, 'topicFn')
      const chosen = text(operation, 'partitioner')
      topology.addSink(
        name(),
        topicFn === undefined ? requiredText(operation, 'topic') : topicExtractor(topicFn),
        { ...serdes(operation), ...(chosen === undefined ? {} : { partitioner: partitioner(chosen) }) },
        ...parents,
      )
      return
    }
    case 'addStateStore':
      topology.addStateStore(storeBuilder(object(operation, 'store') ?? {}), ...texts(operation, 'processors'))
      return
    case 'connectProcessorAndStateStores':
      topology.connectProcessorAndStateStores(requiredText(operation, 'processor'), ...texts(operation, 'stores'))
      return
    case 'addGlobalStore': {
      const spec = object(operation, 'store') ?? {}
      const get = processor(operation, [requiredText(spec, 'name')], types)
      topology.addGlobalStore(storeBuilder(spec), {
        sourceName: requiredText(operation, 'source'),
        topic: requiredText(operation, 'topic'),
        processorName: name(),
        supplier: { get },
        timestampExtractor: extractor(text(operation, 'timestampExtractor'), builtIn),
        ...serdes(operation),
      })
      return
    }
    default:
      throw new NotBuilt(operation.op)
  }
}
