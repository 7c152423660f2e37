import { PatternError, topicPattern } from '../../../../lib/broker/groups/consumer/topic-pattern.ts'

describe('a pattern of topics', () => {
  test.each([
    ['orders-.*', 'orders-eu', 'my-orders-eu'],
    ['a|b', 'b', 'ab'],
    ['(?i)Orders', 'oRDERS', 'orders1'],
    ['^x\\d{2,3}$', 'x123', 'x1'],
    ['(?P<kind>foo|bar)_[[:digit:]]+', 'bar_17', 'bar_x'],
    ['\\Qa.b\\E', 'a.b', 'aXb'],
    ['[^a-c]+', 'xyz', 'xaz'],
    ['\\pL+', 'topic', '123'],
    ['a{,2}', 'a{,2}', 'aa'],
    ['\\x{61}-?[]a-]', 'a-]', 'b'],
    ['\\Aab*?\\z', 'abb', 'b'],
  ])('%s should match the whole of %s and not %s', (pattern, matching, other) => {
    expect(topicPattern(pattern).test(matching)).toBe(true)
    expect(topicPattern(pattern).test(other)).toBe(false)
  })

  test.each([
    ['(a|b)*c', 'abac', 'aba'],
    ['a*b*c*d*', 'aacd', 'dcba'],
    ['(topic-){2}x?', 'topic-topic-', 'topic-'],
  ])('%s, which could take long, should match the whole of %s and not %s', (pattern, matching, other) => {
    expect(topicPattern(pattern).test(matching)).toBe(true)
    expect(topicPattern(pattern).test(other)).toBe(false)
  })

  test.each(['(a|a)*b', '(a*)*b', 'a*a*a*a*a*a*a*b', '((a{1,100}){1,100}){1,100}b'])('%s should match nothing rather than take for ever', (pattern) => {
    const regex = topicPattern(pattern)
    const names = Array.from({ length: 100 }, (_, i) => 'a'.repeat(100 + i))
    const started = performance.now()
    expect(names.some((name) => regex.test(name))).toBe(false)
    // Once, not once for each name.
    expect(performance.now() - started).toBeLessThan(2000)
  })

  test.each([
    ['(a', 'missing closing )'],
    ['a)', 'unexpected )'],
    ['[a', 'missing closing ]'],
    ['*a', 'missing argument to repetition operator'],
    ['a**', 'invalid nested repetition operator'],
    ['a{1001}', 'invalid repeat count'],
    ['a\\', 'trailing backslash at end of expression'],
    ['(a)\\1', 'invalid escape sequence'],
    ['(?=a)', 'invalid or unsupported Perl syntax'],
    ['(?<!a)b', 'invalid or unsupported Perl syntax'],
    ['[b-a]', 'invalid character class range'],
  ])('%s should be refused: %s', (pattern, words) => {
    expect(() => topicPattern(pattern)).toThrow(PatternError)
    expect(() => topicPattern(pattern)).toThrow(words)
  })
})
