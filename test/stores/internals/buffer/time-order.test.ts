import fc from 'fast-check'
import { BufferedChange } from '../../../../stores/internals/buffer/buffered-change.ts'
import type { KeyTail } from '../../../../stores/internals/buffer/key-parts.ts'
import { TimeOrder } from '../../../../stores/internals/buffer/time-order.ts'

const noTail: KeyTail = { bytes: '', window: undefined, hash: 0 }

type Change = BufferedChange<string>

const listOf = (first: Change | undefined): Change[] => {
  const list: Change[] = []
  for (let change = first; change !== undefined; change = change.next) list.push(change)
  return list
}

const inOrder = (waiting: ReadonlySet<Change>): Change[] => [...waiting].sort((a, b) => a.time - b.time || (a.head < b.head ? -1 : 1))

/** More times than the order remembers chains for. */
const steps = fc.array(fc.oneof({ weight: 4, arbitrary: fc.nat(60) }, { weight: 1, arbitrary: fc.constantFrom('all', 'first') }), { maxLength: 120 })

test('an order of times should give the earliest, all of a time or one by one, whatever came between', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const order = new TimeOrder<string>()
      const waiting = new Set<Change>()
      list.forEach((step, i) => {
        if (typeof step === 'number') {
          // Times as of windows, and a key for each.
          const change: Change = new BufferedChange(`k${(i * 7) % 100}-${i}`, noTail, 0, step * 10_000)
          waiting.add(change)
          order.add(change)
        } else if (step === 'first') {
          const expected = inOrder(waiting)[0]
          expect(order.first()).toBe(expected)
          if (expected === undefined) return
          order.removeFirst()
          waiting.delete(expected)
        } else {
          const expected = new Set([...waiting].filter(({ time }) => time === order.minTime))
          expect(new Set(listOf(order.takeEarliest()))).toEqual(expected)
          for (const change of expected) waiting.delete(change)
        }
        expect(order.minTime).toBe(inOrder(waiting)[0]?.time ?? Infinity)
      })
    }),
  )
})
