import fc from 'fast-check'
import { compile, documentOf, thrownBy } from '../documents.ts'

interface Part {
  readonly value: number
  readonly weight?: number
  readonly predicate?: string
}

const constantModel = (schema: string, value: number, more = ''): string =>
  `<RegressionModel functionName="regression">${schema}${more}<RegressionTable intercept="${value}"><NumericPredictor name="a" coefficient="0"/></RegressionTable></RegressionModel>`

const combined = (method: string, parts: readonly Part[], attributes = ''): string => documentOf({ a: {}, b: {} }, (schema) =>
  `<MiningModel functionName="regression">${schema}<Segmentation multipleModelMethod="${method}" ${attributes}>${parts.map(({ value, weight = 1, predicate = '<True/>' }) =>
    `<Segment weight="${weight}">${predicate}${constantModel(schema, value)}</Segment>`).join('')}</Segmentation></MiningModel>`)

const parts: Part[] = [{ value: 1, weight: 1 }, { value: 2, weight: 1 }, { value: 10, weight: 2 }]

test.each<[string, number]>([['average', 13 / 3], ['weightedAverage', 23 / 4], ['sum', 13], ['weightedSum', 23], ['median', 2], ['weightedMedian', 2], ['selectFirst', 1]])(
  'segments should be combined by %s', (method, value) => {
    expect(compile(combined(method, parts)).score({ a: 1 }).value).toBeCloseTo(value, 12)
  })

test('selectAll should give a list', () => {
  expect(compile(combined('selectAll', parts)).score({ a: 1 }).value).toEqual([1, 2, 10])
})

test('segments whose predicate is false or unknown should not count', () => {
  const positive = '<SimplePredicate field="b" operator="greaterThan" value="0"/>'
  const model = compile(combined('average', [{ value: 1 }, { value: 9, predicate: positive }]))
  expect([1, -1, undefined].map((b) => model.score({ a: 1, b }).value)).toEqual([5, 1, 1])
})

test('no segment at all should be no answer', () => {
  expect(compile(combined('average', [{ value: 1, predicate: '<False/>' }])).score({ a: 1 }).value).toBeUndefined()
})

const partlyMissing = (treatment: string, threshold: number) => documentOf({ a: {}, b: {} }, (schema) =>
  `<MiningModel functionName="regression">${schema}<Segmentation multipleModelMethod="average" missingPredictionTreatment="${treatment}" missingThreshold="${threshold}">
<Segment weight="3"><True/>${constantModel(schema, 4)}</Segment><Segment weight="1"><True/>${constantModel(schema, 8).replace('name="a" coefficient', 'name="b" coefficient')}</Segment></Segmentation></MiningModel>`)

test.each<[string, number, number | undefined]>([['continue', 1, undefined], ['returnMissing', 1, undefined], ['skipSegment', 0.25, 4], ['skipSegment', 0.2, undefined]])(
  'a missing answer should be dealt with by %s, threshold %d', (treatment, threshold, value) => {
    expect(compile(partlyMissing(treatment, threshold)).score({ a: 1 }).value).toBe(value)
  })

test('a sum of segments should be the sum, whatever their number', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 20 }), (values) => {
    const total = values.reduce((sum, value) => sum + value, 0)
    expect(compile(combined('sum', values.map((value) => ({ value })))).score({ a: 1 }).value).toBe(total)
  }), { numRuns: 20 })
})

const chain = (first: string, second = '<True/>'): string => documentOf({ a: {} }, (schema) =>
  `<MiningModel functionName="regression">${schema}<Segmentation multipleModelMethod="modelChain">
<Segment id="one">${first}${constantModel(schema, 3, '<Output><OutputField name="seen" optype="continuous" dataType="double" feature="predictedValue"/></Output>')}</Segment>
<Segment id="two">${second}<RegressionModel functionName="regression">${schema}<RegressionTable intercept="1"><NumericPredictor name="seen" coefficient="10"/></RegressionTable></RegressionModel></Segment></Segmentation></MiningModel>`)

test('a chain should hand outputs on, and the last segment should answer', () => {
  expect(compile(chain('<True/>')).score({ a: 1 })).toEqual({ value: 31, outputs: { seen: 3 } })
})

test('an output of a segment that did not apply should not be seen, not even that of an earlier record', () => {
  const model = compile(chain('<SimplePredicate field="a" operator="greaterThan" value="0"/>'))
  expect(model.score({ a: 1 }).value).toBe(31)
  expect(thrownBy(() => model.score({ a: -1 }))).toMatchObject({ reason: 'missing-field' })
})

test('a segment without an answer should stop a chain that needs it', () => {
  expect(thrownBy(() => compile(chain('<True/>')).score({}))).toMatchObject({ reason: 'missing-value' })
})

const voters = (votes: readonly string[]): string => documentOf({ a: {} }, (schema) =>
  `<MiningModel functionName="classification">${schema}<Segmentation multipleModelMethod="majorityVote">${votes.map((vote) =>
    `<Segment><True/><TreeModel functionName="classification">${schema}<Node score="${vote}"><True/></Node></TreeModel></Segment>`).join('')}</Segmentation></MiningModel>`,
{ target: '<DataField name="y" optype="categorical" dataType="string"/>' })

test('the majority should win, and of equals the first that was named', () => {
  expect(compile(voters(['x', 'y', 'y'])).explain({})).toMatchObject({ value: 'y', probabilities: new Map([['x', 1 / 3], ['y', 2 / 3]]) })
  expect(compile(voters(['y', 'x', 'x', 'y'])).score({}).value).toBe('y')
})

test.each([
  ['a method that does not fit', combined('majorityVote', parts), /multipleModelMethod/],
  ['a method nobody knows', combined('alchemy', parts), /alchemy/],
  ['no segments', combined('average', []), /no Segment/],
])('a segmentation with %s should be refused', (_what, document, message) => {
  expect(() => compile(document)).toThrow(message)
})
