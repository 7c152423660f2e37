import { TopologyError } from '../../lib/core/errors.ts'
import type { Processor } from '../../topology/api.ts'
import { Topology } from '../../topology/topology.ts'
import { storeBuilder } from './stub-store.ts'

class Nothing implements Processor<unknown, unknown> {
  process(): void {}
}
const nothing = (): Nothing => new Nothing()

const withSource = (): Topology => new Topology().addSource('s', 'in')
const withProcessor = (): Topology => withSource().addProcessor('p', nothing, 's')

/** What is wrong, how it is built, and the fact that the message has to carry (as Java words it). */
const wrong: readonly (readonly [string, () => unknown, string])[] = [
  ['a source has no topics', () => new Topology().addSource('s', []), 'topics cannot be empty'],
  ['a name is taken by a source', () => withSource().addSource('s', 'other'), 'Processor s is already added.'],
  ['a name is taken by a processor', () => withProcessor().addProcessor('p', nothing, 's'), 'Processor p is already added.'],
  ['a name is taken by a sink', () => withSource().addSink('o', 'out', 's').addSink('o', 'out', 's'), 'Processor o is already added.'],
  ['a topic has another source', () => withSource().addSource('t', 'in'), 'Topic in has already been registered by another source.'],
  ['a topic is named twice', () => new Topology().addSource('s', ['in', 'in']), 'Topic in has already been registered by another source.'],
  ['a pattern matches a topic', () => withSource().addSource('t', /i.*/), 'Pattern i.* will match a topic that has already been registered by another source.'],
  ['a topic is matched by a pattern', () => new Topology().addSource('s', /i.*/).addSource('t', 'in'), 'Topic in matches a Pattern already registered by another source.'],
  ['a processor has no parent', () => withSource().addProcessor('p', nothing), 'predecessorNames cannot be empty'],
  ['a sink has no parent', () => withSource().addSink('o', 'out'), 'predecessorNames cannot be empty'],
  ['a parent is unknown', () => withSource().addProcessor('p', nothing, 'nope'), 'Parent node nope is unknown.'],
  ['a node is its own parent', () => withSource().addProcessor('p', nothing, 'p'), 'Parent node p is unknown (self-reference).'],
  ['a parent comes later, as in a cycle', () => withSource().addProcessor('a', nothing, 's', 'b'), 'Parent node b is unknown.'],
  ['a sink is a parent', () => withSource().addSink('o', 'out', 's').addProcessor('p', nothing, 'o'), 'Sink o cannot be used a parent.'],
  ['another store has the name', () => withProcessor().addStateStore(storeBuilder('kv')).addStateStore(storeBuilder('kv')), 'A different StateStore has already been added with the name kv'],
  ['a store goes to an unknown processor', () => withSource().addStateStore(storeBuilder('kv'), 'nope'), 'Processor nope is not added yet.'],
  ['a store goes to a source', () => withSource().addStateStore(storeBuilder('kv'), 's'), 'cannot connect a state store kv to a source node or a sink node.'],
  ['an unknown store is connected', () => withProcessor().connectProcessorAndStateStores('p', 'nope'), 'StateStore nope is not added yet.'],
  ['no store is connected', () => withProcessor().connectProcessorAndStateStores('p'), 'stateStoreNames cannot be empty: name a store to connect to p.'],
  ['a global store is connected', () => withGlobal(withProcessor()).connectProcessorAndStateStores('p', 'g'), 'Global StateStore g can be used by a Processor without being specified'],
  ['a store has the name of a global one', () => withGlobal(new Topology()).addStateStore(storeBuilder('g')), 'A different GlobalStateStore has already been added with the name g'],
  ['a processor is below a global store', () => withGlobal(new Topology()).addProcessor('below', nothing, 'gs'), 'Processor below cannot be below gs, which only fills global store g.'],
  ['stores are connected to a source', () => withSource().connectProcessorAndStateStores('s', 'kv'), 'State stores cannot be connect to sources or sinks.'],
  ['a global store has the name of a store', () => withGlobal(new Topology().addStateStore(storeBuilder('g'))), 'A different StateStore has already been added with the name g'],
]

const withGlobal = (topology: Topology): Topology =>
  topology.addGlobalStore(storeBuilder('g'), { sourceName: 'gs', topic: 'gt', processorName: 'gp', supplier: nothing })

test.each(wrong)('Topology should refuse at once when %s', (_what, build, message) => {
  expect(build).toThrow(TopologyError)
  expect(build).toThrow(`Invalid topology: ${message}`)
})

test('Topology should accept the same store builder twice when two suppliers name it', () => {
  const shared = storeBuilder('kv')
  const supplier = { get: nothing, stores: [shared] }
  const topology = new Topology().addSource('a', 'in1').addSource('b', 'in2').addProcessor('p', supplier, 'a').addProcessor('q', supplier, 'b')
  expect(topology.internals.subtopologyIds()).toEqual([0])
})

test('Topology should write to the sink it was given options for when parents follow them', () => {
  const text = new Topology().addSource('s', 'in').addSink('o', 'out', {}, 's').describe().toString()
  expect(text).toContain('Sink: o (topic: out)\n      <-- s')
})

test('Topology should restore a read-only store from the topic that fills it', () => {
  const store = storeBuilder('rows')
  const topology = new Topology().addReadOnlyStateStore(store, { sourceName: 's', topic: 'table', processorName: 'p', supplier: nothing })
  const built = topology.internals.setApplicationId('app').buildTopology(0)
  expect(built.changelogTopics.get('rows')).toBe('table')
  expect(built.sourceChangelogs.has('rows')).toBe(true)
  expect(topology.internals.offsetResetOf('table')).toBe('earliest')
})
