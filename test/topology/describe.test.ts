import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Processor } from '../../topology/api.ts'
import { Topology } from '../../topology/topology.ts'
import { storeBuilder } from './stub-store.ts'

class Nothing implements Processor<unknown, unknown> {
  process(): void {}
}
const nothing = (): Nothing => new Nothing()

// recorded with Java Kafka Streams 4.3.1
test('describe should print topics and stores in hash order when a node has several', () => {
  const topology = new Topology()
    .addSource('zeta', ['zeta', 'alpha', 'mid', 'beta', 'in4', 'in3'])
    .addSink('k1', 'o1', 'zeta')
    .addProcessor('p1', nothing, 'zeta')
    .addStateStore(storeBuilder('c'), 'p1')
    .addStateStore(storeBuilder('b'), 'p1')
    .addStateStore(storeBuilder('a'), 'p1')
  expect(topology.describe().toString()).toBe(
    `Topologies:
   Sub-topology: 0
    Source: zeta (topics: [zeta, alpha, mid, beta, in4, in3])
      --> k1, p1
    Sink: k1 (topic: o1)
      <-- zeta
    Processor: p1 (stores: [a, b, c])
      --> none
      <-- zeta

`,
  )
})

// recorded with Java Kafka Streams 4.3.1
test('describe should number sub-topologies by definition when sources read by name and by pattern', () => {
  const topology = new Topology().addSource('zeta', /z.*/).addSource('mid', 'in2').addSource('alpha', /a.*/).addSource('beta', 'in4')
  const sources = ['zeta', 'alpha', 'mid', 'beta']
  sources.forEach((source, i) => topology.addSink(`k${i + 1}`, 'o', source))
  const text = topology.describe().toString()
  expect(text.match(/Sub-topology: \d\n {4}Source: \w+ \(topics: .*\)/g)).toEqual([
    'Sub-topology: 0\n    Source: zeta (topics: z.*)',
    'Sub-topology: 1\n    Source: mid (topics: [in2])',
    'Sub-topology: 2\n    Source: alpha (topics: a.*)',
    'Sub-topology: 3\n    Source: beta (topics: [in4])',
  ])
})

test('describe should give nodes with their neighbours when it is read as data', () => {
  const topology = new Topology().addSource('s', 'in').addProcessor('p', nothing, 's').addSink('o', () => 'x', 'p')
  const [subtopology] = topology.describe().subtopologies
  const processor = subtopology?.nodes.find(({ name }) => name === 'p')
  expect(processor?.predecessors.map(String)).toEqual(['Source: s (topics: [in])\n      --> p'])
  expect(processor?.successors.map(({ name }) => name)).toEqual(['o'])
})

interface Operation {
  readonly op: string
  readonly name: string
  readonly topics?: readonly string[]
  readonly pattern?: string
  readonly parents?: readonly string[]
  readonly topic?: string
  readonly topicFn?: string
  readonly store?: { readonly name: string }
  readonly supplierStores?: readonly { readonly name: string }[]
  readonly processors?: readonly string[]
  readonly processor?: string
  readonly stores?: readonly string[]
  readonly source?: string
}

const named = (name: string): (() => string) => Object.defineProperty(() => '', 'name', { value: name })

const apply = (topology: Topology, operation: Operation): unknown => {
  const { op, name, parents = [], store, processors = [], stores = [] } = operation
  switch (op) {
    case 'addSource':
      return topology.addSource(name, operation.pattern === undefined ? (operation.topics ?? []) : new RegExp(operation.pattern))
    case 'addProcessor':
      return topology.addProcessor(name, { get: nothing, stores: operation.supplierStores?.map((each) => storeBuilder(each.name)) ?? [] }, ...parents)
    case 'addSink':
      return topology.addSink(name, operation.topic ?? named(operation.topicFn ?? ''), ...parents)
    case 'addStateStore':
      return topology.addStateStore(storeBuilder(store?.name ?? ''), ...processors)
    case 'connectProcessorAndStateStores':
      return topology.connectProcessorAndStateStores(operation.processor ?? '', ...stores)
    default:
      return topology.addGlobalStore(storeBuilder(store?.name ?? ''), {
        sourceName: operation.source ?? '',
        topic: operation.topic ?? '',
        processorName: name,
        supplier: nothing,
      })
  }
}

const shared = path.resolve(__dirname, '../../../shared/conformance/scenarios/describe')
const scenarios = existsSync(shared)
  ? readdirSync(shared)
      .map((file) => JSON.parse(readFileSync(path.join(shared, file), 'utf8')))
      .filter((scenario) => scenario.api === 'topology' && scenario.expect.describe !== undefined)
  : []

test('describe should print what Java prints when a recorded Processor API topology is built', () => {
  for (const { topology: operations, expect: expected } of scenarios) {
    const topology = new Topology()
    for (const operation of operations as Operation[]) apply(topology, operation)
    expect(topology.describe().toString()).toBe(expected.describe)
  }
})
