import fc from 'fast-check'
import { compile, documentOf } from './documents.ts'

type Truth = boolean | undefined

const fields = { p: {}, q: {}, r: {}, s: { type: 'string' } }

/** Answers 1 where the predicate is true, 2 where its negation is, nothing where it is unknown. */
const truthOf = (predicate: string, record: object): Truth => {
  const negated = `<CompoundPredicate booleanOperator="xor"><True/>${predicate}</CompoundPredicate>`
  const model = compile(documentOf(fields, (schema) => `<TreeModel functionName="regression" splitCharacteristic="multiSplit">${schema}
<Node score="0"><True/><Node score="1">${predicate}</Node><Node score="2">${negated}</Node></Node></TreeModel>`))
  const { value } = model.score(record)
  return value === undefined ? undefined : value === 1
}

const simple = (name: string): string => `<SimplePredicate field="${name}" operator="greaterThan" value="0"/>`
const compound = (operator: string): string => `<CompoundPredicate booleanOperator="${operator}">${simple('p')}${simple('q')}${simple('r')}</CompoundPredicate>`

const kleene: Record<string, (parts: Truth[]) => Truth> = {
  and: (parts) => parts.includes(false) ? false : parts.includes(undefined) ? undefined : true,
  or: (parts) => parts.includes(true) ? true : parts.includes(undefined) ? undefined : false,
  xor: (parts) => parts.includes(undefined) ? undefined : parts.filter((part) => part).length % 2 === 1,
  surrogate: (parts) => parts.find((part) => part !== undefined),
}

const truth = fc.constantFrom<Truth>(true, false, undefined)
const encode = (value: Truth): number | undefined => value === undefined ? undefined : value ? 1 : -1

test.each(Object.keys(kleene))('a compound predicate with %s should follow three-valued logic', (operator) => {
  fc.assert(fc.property(truth, truth, truth, (p, q, r) => {
    expect(truthOf(compound(operator), { p: encode(p), q: encode(q), r: encode(r) })).toBe(kleene[operator]!([p, q, r]))
  }), { numRuns: 27 })
})

test.each<[string, number, Truth]>([
  ['equal', 1, true], ['notEqual', 1, false], ['lessThan', 1, false], ['lessOrEqual', 1, true], ['greaterThan', 1, false], ['greaterOrEqual', 1, true],
])('operator %s should compare with the value', (operator, p, expected) => {
  const predicate = `<SimplePredicate field="p" operator="${operator}" value="1"/>`
  expect(truthOf(predicate, { p })).toBe(expected)
  expect(truthOf(predicate, {})).toBeUndefined()
})

test('isMissing and isNotMissing should never be unknown', () => {
  expect(truthOf('<SimplePredicate field="p" operator="isMissing"/>', {})).toBe(true)
  expect(truthOf('<SimplePredicate field="p" operator="isNotMissing"/>', {})).toBe(false)
})

test('a set predicate should split its array at blanks, but not within quotes', () => {
  const predicate = '<SimpleSetPredicate field="s" booleanOperator="isIn"><Array type="string" n="3">a "b c" &quot;d\\"e&quot;</Array></SimpleSetPredicate>'
  expect(['a', 'b c', 'd"e', 'b'].map((s) => truthOf(predicate, { s }))).toEqual([true, true, true, false])
  expect(truthOf(predicate, {})).toBeUndefined()
})

test.each([
  ['an unknown operator', '<SimplePredicate field="p" operator="resembles" value="1"/>', /resembles/],
  ['a value of another type', '<SimplePredicate field="p" operator="equal" value="many"/>', /many/],
  ['an unknown predicate', '<Perhaps/>', /no predicate|Perhaps/],
  ['an array of another length than it says', '<SimpleSetPredicate field="s" booleanOperator="isIn"><Array type="string" n="3">a b</Array></SimpleSetPredicate>', /n=3/],
])('%s should be refused with its line', (_what, predicate, message) => {
  expect(() => truthOf(predicate, {})).toThrow(message)
  expect(() => truthOf(predicate, {})).toThrow(/line \d+/)
})
