import fc from 'fast-check'
import { MemoryRows } from '../../../../stores/engines/memory.ts'
import { UpcomingKeys } from '../../../../stores/internals/buffer/upcoming-keys.ts'

test('upcoming keys should be the keys of the rows in order, whatever comes in between', () => {
  const steps = fc.array(fc.oneof(fc.record({ add: fc.nat(500) }), fc.record({ take: fc.nat(15) })), { maxLength: 100, size: 'max' })
  fc.assert(
    fc.property(fc.array(fc.nat(500), { maxLength: 150, size: 'max' }), steps, (before, list) => {
      const rows = new MemoryRows<true>()
      const left = new Set<string>()
      const add = (n: number): string => {
        const key = String(n).padStart(4, '0')
        rows.put(key, true)
        left.add(key)
        return key
      }
      before.forEach(add)
      const upcoming = new UpcomingKeys()
      for (const step of list) {
        if ('add' in step) {
          const isNew = !left.has(String(step.add).padStart(4, '0'))
          const key = add(step.add)
          if (isNew) upcoming.added(key)
          continue
        }
        for (let n = 0; n < step.take; n++) {
          const first = [...left].sort()[0]
          expect(upcoming.first(rows)).toBe(first)
          if (first === undefined) break
          left.delete(first)
          rows.delete(first)
          upcoming.removedFirst()
        }
      }
    }),
  )
})
