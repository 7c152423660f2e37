import fc from 'fast-check'
import { compilePattern, compileReplacement } from '../../../lib/models/pmml/regular-expressions.ts'

test.each<[string, string, boolean]>([
  ['^[A-Z]', 'Zebra', true],
  ['(?i)ZEBRA', 'a zebra', true],
  ['(?u)\\b\\w\\w+\\b', 'a', false],
  ['[\\s\\-]+', 'a-b', true],
  ['\\"\\_', '"_', true],
  ['\\p{L}+', 'é', true],
])('pattern %s on %s should be %s', (pattern, text, expected) => {
  expect(compilePattern(pattern, '').test(text)).toBe(expected)
})

test('what is no pattern should be a syntax error', () => {
  expect(() => compilePattern('(', '')).toThrow(/regular expression/i)
})

test.each([
  ['[$1]', 'a[b]c'],
  ['\\$1', 'a$1c'],
  ['$&', 'a$&c'],
  ['\\\\', 'a\\c'],
])('the replacement %s should be read as Java reads it', (replacement, expected) => {
  expect('abc'.replace(compilePattern('(b)', 'g'), compileReplacement(replacement))).toBe(expected)
})

test('a replacement without special characters should be itself', () => {
  fc.assert(fc.property(fc.stringMatching(/^[^$\\]*$/), (text) => {
    expect('b'.replace(/b/, compileReplacement(text))).toBe(text)
  }))
})
