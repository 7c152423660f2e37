import fc from 'fast-check'
import { compile, documentOf, thrownBy } from '../documents.ts'
import type { Model } from '../../../../lib/models/index.ts'

const distribution = (yes: number, no: number): string =>
  `<ScoreDistribution value="yes" recordCount="${yes}" confidence="0.${yes}"/><ScoreDistribution value="no" recordCount="${no}" confidence="0.${no}"/>`

const test1 = (field: string, operator: string, value: number): string => `<SimplePredicate field="${field}" operator="${operator}" value="${value}"/>`

const classifier = (attributes: string, semantics: 'default' | 'specification' = 'default'): Model => compile(documentOf({ a: {}, b: {} },
  (schema) => `<TreeModel functionName="classification" ${attributes}>${schema}
<Node id="root" score="no" recordCount="10" defaultChild="left"><True/>${distribution(4, 6)}
  <Node id="left" score="no" recordCount="6">${test1('a', 'lessThan', 0)}${distribution(1, 5)}</Node>
  <Node id="right" score="yes" recordCount="4">${test1('a', 'greaterOrEqual', 0)}${distribution(3, 1)}
    <Node id="deep" score="yes" recordCount="2">${test1('b', 'equal', 1)}${distribution(2, 0)}</Node></Node></Node></TreeModel>`,
  { target: '<DataField name="y" optype="categorical" dataType="string"/>' }), { semantics })

test('a tree should answer with the leaf it reaches, its shares and its identifier', () => {
  const explanation = classifier('').explain({ a: 1, b: 1 })
  expect(explanation).toMatchObject({ value: 'yes', entityId: 'deep' })
  expect([...explanation.probabilities!]).toEqual([['yes', 1], ['no', 0]])
})

test.each([
  ['returnNullPrediction', undefined],
  ['returnLastPrediction', 'right'],
])('a node none of whose children applies should %s', (strategy, id) => {
  expect(classifier(`noTrueChildStrategy="${strategy}"`).explain({ a: 1, b: 2 }).entityId).toBe(id)
})

test.each([
  ['none', undefined],
  ['nullPrediction', undefined],
  ['lastPrediction', 'root'],
  ['defaultChild', 'left'],
])('an unknown test should be dealt with by missingValueStrategy %s', (strategy, id) => {
  expect(classifier(`missingValueStrategy="${strategy}"`).explain({ b: 1 }).entityId).toBe(id)
})

test('confidences should shrink with each default child taken', () => {
  const { confidences } = classifier('missingValueStrategy="defaultChild" missingValuePenalty="0.5"').explain({ b: 1 })
  expect(confidences!.get('no')).toBeCloseTo(0.25, 12)
})

test('strategies that only the specification has should be errors of the record by default', () => {
  expect(thrownBy(() => classifier('missingValueStrategy="weightedConfidence"').score({ b: 1 }))).toMatchObject({ reason: 'unsupported-attribute' })
})

test('by the specification several branches should be weighed against each other', () => {
  const weighted = classifier('missingValueStrategy="weightedConfidence"', 'specification').explain({ b: 1 })
  expect(weighted.confidences!.get('no')).toBeCloseTo((6 * 0.5 + 4 * 0) / 10, 12)
  const aggregated = classifier('missingValueStrategy="aggregateNodes"', 'specification').explain({ b: 1 })
  expect(aggregated.probabilities!.get('yes')).toBeCloseTo(3 / 8, 12)
})

test('a deep tree should find the leaf of any value', () => {
  const grow = (low: number, high: number): string => {
    const middle = (low + high) / 2
    const node = (predicate: string, from: number, to: number): string =>
      `<Node score="${from}">${predicate}${to - from > 1 ? grow(from, to) : ''}</Node>`
    return node(test1('a', 'lessThan', middle), low, middle) + node(test1('a', 'greaterOrEqual', middle), middle, high)
  }
  const model = compile(documentOf({ a: {} }, (schema) => `<TreeModel functionName="regression">${schema}<Node score="0"><True/>${grow(0, 256)}</Node></TreeModel>`))
  fc.assert(fc.property(fc.double({ min: 0, max: 255.999, noNaN: true }), (a) => { expect(model.score({ a }).value).toBe(Math.floor(a)) }))
})

// 0.1 as a float is a little more than 0.1: field and threshold must be rounded alike.
test.each(['double', 'float'])('a value at the threshold should go the right way where the field is a %s', (type) => {
  for (const [low, high] of [['lessOrEqual', 'greaterThan'], ['lessThan', 'greaterOrEqual']]) {
    const model = compile(documentOf({ a: { type } }, (schema) => `<TreeModel functionName="regression">${schema}<Node score="0"><True/><Node score="1">${test1('a', low!, 0.1)}</Node><Node score="2">${test1('a', high!, 0.1)}</Node></Node></TreeModel>`))
    expect(model.score({ a: 0.1 }).value).toBe(low === 'lessOrEqual' ? 1 : 2)
    expect(model.score({ a: 0.0999 }).value).toBe(1)
    expect(model.score({ a: 0.1001 }).value).toBe(2)
  }
})

test.each([
  ['a default child that is none of its children', (tree: string) => tree.replace('defaultChild="left"', 'defaultChild="nowhere"'), /nowhere/],
  ['a node without a predicate', (tree: string) => tree.replace('<True/>', ''), /no predicate/],
  ['an embedded model', (tree: string) => tree.replace('<True/>', '<True/><EmbeddedModel/>'), /EmbeddedModel/],
])('a tree with %s should be refused', (_what, change, message) => {
  const whole = documentOf({ a: {} }, (schema) => `<TreeModel functionName="regression">${schema}<Node id="r" score="1" defaultChild="left"><True/><Node id="left" score="2">${test1('a', 'lessThan', 0)}</Node></Node></TreeModel>`)
  expect(() => compile(change(whole))).toThrow(message)
})
