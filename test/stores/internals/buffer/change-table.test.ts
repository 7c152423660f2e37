import fc from 'fast-check'
import { BufferedChange } from '../../../../stores/internals/buffer/buffered-change.ts'
import { ChangeTable } from '../../../../stores/internals/buffer/change-table.ts'
import type { KeyTail } from '../../../../stores/internals/buffer/key-parts.ts'

const noTail: KeyTail = { bytes: '', window: undefined, hash: 0 }

/** Few different hashes, so that many keys want one place. */
const hashOf = (key: number): number => key % 7

const steps = fc.array(fc.tuple(fc.boolean(), fc.nat(60)), { maxLength: 300 })

test('a table of changes should behave as a map does', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const table = new ChangeTable<number>()
      const model = new Map<number, BufferedChange<number>>()
      for (const [isAdd, key] of list) {
        const known = model.get(key)
        if (isAdd && known === undefined) {
          const change = new BufferedChange<number>(`${key}`, noTail, hashOf(key), 0)
          model.set(key, change)
          table.add(change)
        } else if (!isAdd && known !== undefined) {
          model.delete(key)
          table.remove(known)
        }
        expect(table.find(`${key}`, { ...noTail }, hashOf(key))).toBe(model.get(key))
      }
      expect(table.size).toBe(model.size)
      const left = new Set<BufferedChange<number>>()
      table.forEach((change) => left.add(change))
      expect(left).toEqual(new Set(model.values()))
    }),
  )
})

test('a table of changes should find all of many, and be as small as before when they have left', () => {
  const table = new ChangeTable<number>()
  const changes = Array.from({ length: 5000 }, (_, i) => new BufferedChange<number>(`k${i}`, noTail, Math.imul(i, 0x9e3779b1), 0))
  for (const change of changes) table.add(change)
  for (const change of changes) expect(table.find(change.head, noTail, change.hash)).toBe(change)
  for (const change of changes) table.remove(change)
  expect(table.size).toBe(0)
  for (const change of changes) expect(table.find(change.head, noTail, change.hash)).toBeUndefined()
})
