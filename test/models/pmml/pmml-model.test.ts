import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { compilePmml, ModelError } from '../../../lib/models/index.ts'
import { compile, documentOf, thrownBy } from './documents.ts'

const regression = (schema: string, more = ''): string =>
  `<RegressionModel functionName="regression">${schema}${more}<RegressionTable intercept="1"><NumericPredictor name="a" coefficient="2"/></RegressionTable></RegressionModel>`

test('a regression should be the intercept and the weighted sum, and have no answer where a number is missing', () => {
  const model = compile(documentOf({ a: {} }, regression))
  expect(model.score({ a: 3 })).toEqual({ value: 7, outputs: {} })
  expect(model.score({})).toEqual({ value: undefined, outputs: {} })
  expect(model.inputs).toEqual([{ name: 'a', dataType: 'double', optype: 'continuous' }])
})

test('fields should be read from the properties that the mapping names', () => {
  const document = documentOf({ 'fixed acidity': {} }, (schema) => regression(schema).replace('name="a"', 'name="fixed acidity"'))
  expect(compile(document, { mapping: { 'fixed acidity': 'fixed_acidity' } }).score({ fixed_acidity: 3 }).value).toBe(7)
})

test.each([
  'a"b', "a'b", 'a`b${1}', 'a\\b', '"]; globalThis.broken = true; //', '\u2028', '__proto__', 'constructor', '*/', '</script>',
])('a field called %j should be a name and nothing else', (name) => {
  const escaped = name.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')
  const document = documentOf({ [escaped]: {} }, (schema) => `<RegressionModel functionName="regression">${schema}
<Output><OutputField name="${escaped}" feature="predictedValue" dataType="double" optype="continuous"/></Output>
<RegressionTable intercept="1"><NumericPredictor name="${escaped}" coefficient="2"/></RegressionTable></RegressionModel>`)
  const record = Object.defineProperty({}, name, { value: 3, enumerable: true })
  const score = compile(document).score(record)
  expect(score.value).toBe(7)
  expect(Object.getOwnPropertyDescriptor(score.outputs, name)?.value).toBe(7)
  expect('broken' in globalThis).toBe(false)
})

test('targets should rescale, bound and round', () => {
  const targets = '<Targets><Target field="y" min="0" max="10" rescaleFactor="2" rescaleConstant="0.5" castInteger="floor"/></Targets>'
  const model = compile(documentOf({ a: {} }, (schema) => regression(schema, targets)))
  expect([-5, 1, 100].map((a) => model.score({ a }).value)).toEqual([0, 6, 20])
})

test('categories of a numeric target should be given out as numbers', () => {
  const document = documentOf({ a: {} }, (schema) => `<RegressionModel functionName="classification" normalizationMethod="softmax">${schema}
<RegressionTable targetCategory="1" intercept="0"><NumericPredictor name="a" coefficient="1"/></RegressionTable><RegressionTable targetCategory="2" intercept="0"/></RegressionModel>`,
  { target: '<DataField name="y" optype="categorical" dataType="integer"><Value value="1"/><Value value="2"/></DataField>' })
  const explanation = compile(document).explain({ a: 1 })
  expect(explanation.value).toBe(1)
  expect(explanation.probabilities?.get('1')).toBeCloseTo(1 / (1 + Math.exp(-1)), 12)
})

test('the first model that may score should be taken', () => {
  const document = documentOf({ a: {} }, (schema) => regression(schema).replace('<RegressionModel', '<RegressionModel isScorable="false"') + regression(schema).replace('intercept="1"', 'intercept="5"'))
  expect(compile(document).score({ a: 0 }).value).toBe(5)
})

test.each([
  ['no model', documentOf({ a: {} }, () => ''), 'MILLRACE_MODEL_INVALID', /no model/],
  ['an unknown kind of model', documentOf({ a: {} }, (schema) => `\n\n<TimeSeriesModel functionName="timeSeries">${schema}</TimeSeriesModel>`), 'MILLRACE_MODEL_UNSUPPORTED', /line 6: element TimeSeriesModel/],
  ['an unknown element', documentOf({ a: {} }, (schema) => regression(schema).replace('<NumericPredictor', '<Oracle/><NumericPredictor')), 'MILLRACE_MODEL_UNSUPPORTED', /element Oracle in RegressionTable/],
  ['an unknown method', documentOf({ a: {} }, (schema) => regression(schema).replace('Model functionName', 'Model normalizationMethod="magic" functionName')), 'MILLRACE_MODEL_UNSUPPORTED', /normalizationMethod=magic/],
  ['a coefficient that is no number', documentOf({ a: {} }, (schema) => regression(schema).replace('"2"', '"two"')), 'MILLRACE_MODEL_INVALID', /'two', not a number/],
  ['a missing attribute', documentOf({ a: {} }, (schema) => regression(schema).replace('coefficient="2"', '')), 'MILLRACE_MODEL_INVALID', /no attribute coefficient/],
  ['an unknown data type', documentOf({ a: { type: 'quaternion' } }, regression), 'MILLRACE_MODEL_UNSUPPORTED', /quaternion/],
  ['a field declared twice', documentOf({ a: {} }, regression, { target: '<DataField name="a" optype="continuous" dataType="double"/>' }), 'MILLRACE_MODEL_INVALID', /twice/],
])('a document with %s should be refused with its line', (_what, document, code, message) => {
  const error = thrownBy(() => compile(document))
  expect(error.code).toBe(code)
  expect(error.message).toMatch(message)
  expect(error.message).toMatch(/line \d+/)
})

test('a field that is not declared should be an error of the records that need it', () => {
  const model = compile(documentOf({ a: {} }, (schema) => regression(schema).replace('name="a" coefficient', 'name="ghost" coefficient')))
  expect(thrownBy(() => model.score({ a: 1 }))).toMatchObject({ reason: 'missing-field' })
})

test('an output without a prediction should have no value for others to use', () => {
  const output = `<Output><OutputField name="p" feature="predictedValue" dataType="double" optype="continuous"/>
<OutputField name="q" feature="transformedValue" dataType="double" optype="continuous"><FieldRef field="p"/></OutputField></Output>`
  const model = compile(documentOf({ a: {} }, (schema) => regression(schema, output)))
  expect(model.score({ a: 1 }).outputs).toEqual({ p: 3, q: 3 })
  expect(thrownBy(() => model.score({}))).toMatchObject({ reason: 'missing-field' })
})

test('a document with anything in it replaced should load, or be refused by a ModelError, never crash', () => {
  const whole = readFileSync('data/decision-tree.pmml', 'utf8')
  fc.assert(fc.property(fc.nat(whole.length - 1), fc.nat(20), fc.string({ maxLength: 8 }), (start, length, by) => {
    const bytes = Buffer.from(whole.slice(0, start) + by + whole.slice(start + length))
    try {
      compilePmml({ name: 'broken', bytes, mapping: {}, semantics: 'default' })
    } catch (error) {
      expect(error).toBeInstanceOf(ModelError)
    }
  }), { numRuns: 60 })
})
