import { groupOf, groupPrefix, memberOf, rowKey } from '../../../../stores/internals/grouped/grouped-rows.ts'

describe('the key of a grouped row', () => {
  test('should start with the length of its group, as in the changelogs of Kafka Streams', () => {
    expect(Buffer.from(rowKey('AB', 'k1'), 'latin1').toString('hex')).toBe('0000000241426b31')
  })

  test('should start with the prefix of its own group only', () => {
    expect(rowKey('AB', 'k1').startsWith(groupPrefix('AB'))).toBe(true)
    expect(rowKey('ABk', '1').startsWith(groupPrefix('AB'))).toBe(false)
  })

  test.each([['AB', 'k1'], ['', 'k'], ['a', ''], ['x'.repeat(70_000), 'y']])('should give group and member back', (group, member) => {
    expect([groupOf(rowKey(group, member)), memberOf(rowKey(group, member))]).toEqual([group, member])
  })
})
