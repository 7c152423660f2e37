import { NameProvider, checkName } from '../../../dsl/internals/names.ts'

describe('generated names', () => {
  test('should carry a running number of ten digits', () => {
    const names = new NameProvider()
    expect([names.newProcessorName('KSTREAM-MAP-'), names.newStoreName('KSTREAM-REDUCE-')]).toEqual([
      'KSTREAM-MAP-0000000000',
      'KSTREAM-REDUCE-STATE-STORE-0000000001',
    ])
  })

  test('should not change the numbers of later nodes when an earlier one is named', () => {
    const names = new NameProvider()
    expect([names.nameOr('mine', 'A-'), names.suffixedOr('mine', '-sink', 'B-'), names.nameOr(undefined, 'C-')]).toEqual([
      'mine',
      'mine-sink',
      'C-0000000002',
    ])
  })
})

describe('a name given by a user', () => {
  test('should be taken when it could be part of a topic name', () => {
    expect(checkName('Aa0._-')).toBe('Aa0._-')
  })

  test.each([
    ['', "can't be empty"],
    ['.', 'cannot be "."'],
    ['..', 'cannot be "."'],
    ['a b', 'other than ASCII alphanumerics'],
    ['ä', 'other than ASCII alphanumerics'],
    ['x'.repeat(250), 'longer than 249'],
  ])('should be refused when it is %j', (name, reason) => {
    expect(() => checkName(name)).toThrow(reason)
  })

  test('should be refused when its suffix makes it too long', () => {
    expect(() => new NameProvider().suffixedOr('x'.repeat(245), '-source', 'A-')).toThrow('longer than 249')
  })
})
