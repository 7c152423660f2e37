import fc from 'fast-check'
import { compile, evaluate, expressionDocument, thrownBy } from './documents.ts'

const fields = { a: {}, b: {}, i: { type: 'integer' }, j: { type: 'integer' }, s: { type: 'string' }, d: { type: 'date', optype: 'ordinal' } }
const ref = (name: string): string => `<FieldRef field="${name}"/>`
const constant = (value: string | number, type?: string): string => `<Constant${type === undefined ? '' : ` dataType="${type}"`}>${value}</Constant>`
const apply = (name: string, ...args: string[]): string => `<Apply function="${name}">${args.join('')}</Apply>`

test.each<[string, string[], object, string, unknown]>([
  ['+', ['a', 'b'], { a: 1, b: 2 }, 'double', 3],
  ['-', ['a', 'b'], { a: 1, b: 2 }, 'double', -1],
  ['/', ['i', 'j'], { i: 7, j: 2 }, 'integer', 3],
  ['/', ['i', 'j'], { i: -7, j: 2 }, 'integer', -3],
  ['/', ['a', 'b'], { a: 1, b: 0 }, 'double', Infinity],
  ['modulo', ['i', 'j'], { i: -7, j: 2 }, 'integer', 1],
  ['avg', ['i', 'j'], { i: 7, j: 2 }, 'double', 4.5],
  ['min', ['a', 'b'], { b: 2 }, 'double', 2],
  ['sum', ['a', 'b'], {}, 'double', undefined],
  ['+', ['a', 'b'], { a: 1 }, 'double', undefined],
  ['round', ['a'], { a: -2.5 }, 'double', -2],
  ['rint', ['a'], { a: 2.5 }, 'double', 2],
  ['pow', ['a', 'b'], { a: 2, b: -1 }, 'double', 0.5],
  ['threshold', ['a', 'b'], { a: 2, b: 1 }, 'integer', 1],
  ['uppercase', ['s'], { s: 'straße' }, 'string', 'STRASSE'],
  ['trimBlanks', ['s'], { s: '  x ' }, 'string', 'x'],
  ['stringLength', ['s'], { s: 'abc' }, 'integer', 3],
  ['isIn', ['a', 'b'], { b: 1 }, 'boolean', false],
  ['isNotIn', ['a', 'b'], { b: 1 }, 'boolean', true],
  ['isMissing', ['a'], {}, 'boolean', true],
  ['isNotMissing', ['s'], { s: '' }, 'boolean', true],
  ['isValid', ['a'], {}, 'boolean', false],
])('%s(%j) of %j should be %s %j', (name, args, record, type, expected) => {
  expect(evaluate(fields, apply(name, ...args.map(ref)), record, type)).toBe(expected)
})

test.each<[string, string, object, string, unknown]>([
  ['concat writes doubles with a fraction', apply('concat', ref('a'), constant('|'), ref('i')), { a: 1, i: 7 }, 'string', '1.0|7'],
  ['substring counts from 1', apply('substring', ref('s'), constant(2), constant(3)), { s: 'Zebra' }, 'string', 'ebr'],
  ['replace takes a regular expression', apply('replace', ref('s'), constant('(b+)'), constant('[$1]')), { s: 'abbc' }, 'string', 'a[bb]c'],
  ['matches looks anywhere', apply('matches', ref('s'), constant('b+')), { s: 'abc' }, 'boolean', true],
  ['formatNumber is printf', apply('formatNumber', ref('i'), constant('%05d')), { i: -42 }, 'string', '-0042'],
  ['formatNumber has thousands', apply('formatNumber', ref('a'), constant('%,.1f')), { a: 1234567.25 }, 'string', '1,234,567.3'],
  ['formatDatetime is strftime', apply('formatDatetime', ref('d'), constant('%m/%d/%y %j %A')), { d: '1964-03-03' }, 'string', '03/03/64 063 Tuesday'],
  ['dateDaysSinceYear counts days', apply('dateDaysSinceYear', ref('d'), constant(1960, 'integer')), { d: '1964-03-03' }, 'integer', 1523],
  ['if takes a branch', apply('if', apply('greaterThan', ref('a'), constant(0)), constant('pos'), constant('neg')), { a: -1 }, 'string', 'neg'],
  ['if without else is missing', apply('if', apply('greaterThan', ref('a'), constant(0)), constant(1)), { a: -1 }, 'double', undefined],
  ['if computes only the branch it takes', apply('if', apply('isMissing', ref('a')), constant(0), apply('ln', ref('a'))), {}, 'double', 0],
  ['equal reads text as the left side', apply('equal', ref('a'), constant('1', 'string')), { a: 1 }, 'boolean', true],
  ['and is false where one argument is', apply('and', apply('isMissing', ref('a')), apply('lessThan', ref('a'), constant(2))), { a: 1 }, 'boolean', false],
])('%s', (_what, expression, record, type, expected) => {
  expect(evaluate(fields, expression, record, type)).toBe(expected)
})

test.each<[string, string, object, string]>([
  ['a missing argument', apply('lessThan', ref('a'), constant(1)), {}, 'missing-argument'],
  ['ln of a negative number', apply('ln', ref('a')), { a: -1 }, 'evaluation'],
  ['0/0', apply('/', ref('a'), ref('b')), { a: 0, b: 0 }, 'evaluation'],
  ['an integer divided by zero', apply('/', ref('i'), ref('j')), { i: 1, j: 0 }, 'arithmetic'],
  ['substring from 0', apply('substring', ref('s'), constant(0), constant(1)), { s: 'x' }, 'invalid-argument'],
  ['an integer to a negative power', apply('pow', ref('i'), ref('j')), { i: 2, j: -3 }, 'invalid-argument'],
  ['arithmetic on text', apply('+', ref('s'), constant(1)), { s: '1' }, 'evaluation'],
  ['order among categories', apply('lessThan', ref('s'), constant('x')), { s: 'a' }, 'evaluation'],
  ['a fraction that must be an integer', apply('if', apply('isMissing', ref('b')), ref('a')), { a: 1.5 }, 'type-check'],
])('%s should be an error of that record', (_what, expression, record, reason) => {
  const model = compile(expressionDocument(fields, expression, reason === 'type-check' ? 'integer' : 'double'))
  expect(thrownBy(() => model.score(record))).toMatchObject({ code: 'MILLRACE_MODEL_SCORING_FAILED', reason })
})

test('by the specification a missing argument should make the result missing', () => {
  for (const name of ['lessThan', 'pow', 'equal']) {
    expect(evaluate(fields, apply(name, ref('a'), constant(1)), {}, name === 'pow' ? 'double' : 'boolean', 'specification')).toBeUndefined()
  }
  expect(evaluate(fields, apply('/', ref('i'), ref('j')), { i: 7, j: 2 }, 'double', 'specification')).toBe(3.5)
})

test('mapMissingTo, defaultValue and invalidValueTreatment should stand in for results', () => {
  const call = (attributes: string): string => `<Apply function="/" ${attributes}>${ref('a')}${ref('b')}</Apply>`
  expect(evaluate(fields, call('mapMissingTo="-9"'), { a: 1 })).toBe(-9)
  expect(evaluate(fields, call('defaultValue="-7"'), { a: 1 })).toBe(-7)
  expect(evaluate(fields, call('invalidValueTreatment="asMissing"'), { a: 0, b: 0 })).toBeUndefined()
})

test('functions of the document should be compiled for their arguments and may call each other', () => {
  const functions = `<DefineFunction name="sq" optype="continuous"><ParameterField name="v"/>${apply('*', ref('v'), ref('v'))}</DefineFunction>
<DefineFunction name="sum2" optype="continuous"><ParameterField name="p"/><ParameterField name="q"/>${apply('+', apply('sq', ref('p')), apply('sq', ref('q')))}</DefineFunction>`
  expect(compile(expressionDocument(fields, apply('sum2', ref('a'), ref('b')), 'double', functions)).score({ a: 3, b: 4 }).outputs.out).toBe(25)
})

test.each([
  ['an unknown function', apply('nosuch', ref('a')), /nosuch/],
  ['too many arguments', apply('ln', ref('a'), ref('b')), /takes 1 arguments, not 2/],
  ['an unknown expression', '<Lag field="a"/>', /Lag/],
])('%s should be refused when the model is loaded', (_what, expression, message) => {
  expect(() => compile(expressionDocument(fields, expression))).toThrow(message)
})

test('a function that calls itself should be refused', () => {
  const recursive = `<DefineFunction name="f" optype="continuous"><ParameterField name="v"/>${apply('f', ref('v'))}</DefineFunction>`
  expect(() => compile(expressionDocument(fields, apply('f', ref('a')), 'double', recursive))).toThrow(/calls itself/)
})

test('a derived field that depends on itself should be refused', () => {
  const derived = '<DerivedField name="x" optype="continuous" dataType="double"><FieldRef field="z"/></DerivedField><DerivedField name="z" optype="continuous" dataType="double"><FieldRef field="x"/></DerivedField>'
  expect(() => compile(expressionDocument(fields, ref('x'), 'double', derived))).toThrow(/depends on itself/)
})

test('piecewise linear interpolation should go through its points and stay between its neighbours', () => {
  const norm = '<NormContinuous field="a"><LinearNorm orig="-1" norm="0"/><LinearNorm orig="2" norm="1"/><LinearNorm orig="3" norm="5"/></NormContinuous>'
  const model = compile(expressionDocument(fields, norm))
  const at = (a: number): number => model.score({ a }).outputs.out as number
  expect([-1, 2, 3].map(at)).toEqual([0, 1, 5])
  fc.assert(fc.property(fc.double({ min: -1, max: 2, noNaN: true }), (a) => {
    expect(at(a)).toBeGreaterThanOrEqual(0)
    expect(at(a)).toBeLessThanOrEqual(1)
  }))
})

test('tables should be looked up by several columns, whatever prefix their names have', () => {
  const row = (s: string, i: number, out: string): string => `<row><t:s>${s}</t:s><t:i>${i}</t:i><t:out>${out}</t:out></row>`
  const table = `<MapValues outputColumn="t:out" defaultValue="other" mapMissingTo="none" dataType="string"><FieldColumnPair field="s" column="t:s"/><FieldColumnPair field="i" column="t:i"/>
<InlineTable xmlns:t="http://example.com/table">${row('a', 1, 'first')}${row('a', 2, 'second')}</InlineTable></MapValues>`
  const model = compile(expressionDocument(fields, table, 'string'))
  expect([{ s: 'a', i: 2 }, { s: 'b', i: 2 }, { s: 'a' }].map((record) => model.score(record).outputs.out)).toEqual(['second', 'other', 'none'])
})

test('arithmetic on doubles should be that of JavaScript', () => {
  const model = compile(expressionDocument(fields, apply('+', apply('*', ref('a'), ref('b')), apply('-', ref('a'), ref('b')))))
  const number = fc.double({ noNaN: true, min: -1e6, max: 1e6 })
  fc.assert(fc.property(number, number, (a, b) => {
    expect(model.score({ a, b }).outputs.out).toBe(a * b + (a - b))
  }))
})
