import fc from 'fast-check'
import { keyIdentity } from '../../../lib/task/async/key-identity.ts'

const keys = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.bigInt(),
  fc.uint8Array({ maxLength: 5 }),
  fc.date({ noInvalidDate: true }),
  fc.record({ id: fc.string(), at: fc.nat(), deep: fc.array(fc.string()) }),
)

test('keys should have equal identities when they are equal', () => {
  fc.assert(
    fc.property(fc.clone(keys, 2), ([key, same]) => {
      expect(keyIdentity(same)).toBe(keyIdentity(key))
    }),
  )
})

test('keys should have different identities when they differ', () => {
  const different = ['', '1', 1, true, 1n, 'object:{}', {}, [], new Date(1), Buffer.from('1'), { a: 1 }, { a: '1' }, { a: 1n }, { a: undefined }, { b: 1 }, [1], ['1']]
  expect(new Set(different.map(keyIdentity)).size).toBe(different.length)
})

test('fields should count whatever their order', () => {
  expect(keyIdentity({ a: 1, b: { c: 2, d: 3 } })).toBe(keyIdentity({ b: { d: 3, c: 2 }, a: 1 }))
})

test('an absent key should have no identity', () => {
  expect([undefined, null].map(keyIdentity)).toEqual([undefined, undefined])
})
