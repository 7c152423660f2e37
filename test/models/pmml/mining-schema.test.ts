import { evaluate, thrownBy } from './documents.ts'

const interval = '<Interval closure="closedOpen" leftMargin="0" rightMargin="10"/>'
const values = '<Value value="a"/><Value value="b"/><Value value="n/a" property="missing"/><Value value="bad" property="invalid"/>'

const seen = (options: { type?: string, content?: string, mining?: string }, raw: unknown): unknown =>
  evaluate({ x: options }, '<FieldRef field="x"/>', raw === undefined ? {} : { x: raw }, options.type)

const reasonOf = (options: { type?: string, content?: string, mining?: string }, raw: unknown): string | undefined => thrownBy(() => seen(options, raw)).reason

test.each([[3, 3], ['3', 3], [' 3.5 ', 3.5], ['.5', 0.5], ['1e3', 1000], ['1d', 1], ['INF', Infinity], ['NaN', undefined], [NaN, undefined], [undefined, undefined], [null, undefined], [true, 1]])(
  'a double should be read from %j', (raw, value) => {
    expect(seen({}, raw)).toBe(value)
  })

test.each(['x', '', '0x10', '1,5', {}])('%j should be an invalid double', (raw) => {
  expect(reasonOf({}, raw)).toBe('value-check')
})

test.each([['5', 5], ['5.0', 5], [7, 7]])('an integer should be read from %j', (raw, value) => {
  expect(seen({ type: 'integer' }, raw)).toBe(value)
})

test('a number with a fraction should be an invalid integer', () => {
  expect(reasonOf({ type: 'integer' }, 1.5)).toBe('value-check')
})

test.each([['true', true], ['1', true], [false, false], [0, false]])('a boolean should be read from %j', (raw, value) => {
  expect(seen({ type: 'boolean' }, raw)).toBe(value)
})

test.each([
  ['date', '2024-02-29', '2024-02-29'],
  ['time', '23:59:58', '23:59:58'],
  ['dateTime', '1969-12-31T23:00:00', '1969-12-31T23:00:00'],
  ['dateDaysSince[1960]', '1960-01-11', 10],
  ['dateTimeSecondsSince[1970]', '1970-01-02T00:00:01', 86401],
  ['timeSeconds', '00:01:01', 61],
])('a %s should be read and given out', (type, raw, value) => {
  expect(seen({ type }, raw)).toBe(value)
})

test.each(['2023-02-29', '2024-13-01', 'yesterday'])('%s should be an invalid date', (raw) => {
  expect(reasonOf({ type: 'date' }, raw)).toBe('value-check')
})

test('a value outside of all intervals should be invalid, one of the declared missing ones missing', () => {
  expect(seen({ content: interval }, 0)).toBe(0)
  expect(reasonOf({ content: interval }, 10)).toBe('value-check')
  expect(seen({ content: `${interval}<Value value="-999" property="missing"/>` }, -999)).toBeUndefined()
})

test('a category that is not declared, or declared invalid, should be invalid', () => {
  expect(seen({ type: 'string', content: values }, 'a')).toBe('a')
  expect(seen({ type: 'string', content: values }, 'n/a')).toBeUndefined()
  expect(reasonOf({ type: 'string', content: values }, 'bad')).toBe('value-check')
  expect(reasonOf({ type: 'string', content: values }, 'zebra')).toBe('value-check')
})

test.each([
  ['asMissing', 'invalidValueTreatment="asMissing" missingValueReplacement="4"', 4],
  ['asValue', 'invalidValueTreatment="asValue" invalidValueReplacement="5"', 5],
  ['asIs', 'invalidValueTreatment="asIs"', 99],
])('invalidValueTreatment %s should decide on an invalid value', (_name, mining, value) => {
  expect(seen({ content: interval, mining }, 99)).toBe(value)
})

test('text that is no number should be an error even where invalid values are taken as they are', () => {
  expect(reasonOf({ mining: 'invalidValueTreatment="asIs"' }, 'x')).toBe('number-format')
})

test('missingValueTreatment returnInvalid should refuse a missing value', () => {
  expect(reasonOf({ mining: 'missingValueTreatment="returnInvalid"' }, undefined)).toBe('value-check')
})

test.each([
  ['asIs', 100],
  ['asMissingValues', 7],
  ['asExtremeValues', 2],
])('outliers %s should decide on a value above the highest', (treatment, value) => {
  expect(seen({ mining: `outliers="${treatment}" lowValue="-2" highValue="2" missingValueReplacement="7"` }, 100)).toBe(value)
})
