import fc from 'fast-check'
import { JavaHeap } from '../../lib/task/java-heap.ts'

// -1 polls, another number adds an element of that rank; the names of the elements as java.util.PriorityQueue gave them
const STEPS = [
  2, 0, 1, -1, -1, 2, 3, -1, 3, 0, -1, 0, 0, -1, 2, -1, -1, 1, 1, -1, -1, 0, 1, 3, -1, 3, -1, 2, 0, -1, 0, 0, -1, 3, 1, 1, 3, 0,
  -1, 3, 2, -1, 2, 3, 0, 2, 3, -1, 1, 1, 0, -1, 1, -1, 2, 0, 1, 3, 1, -1, 3, 0, 1, 2, -1, 3, 3, -1, 3, 0, 1, -1, 3, 3, -1, -1,
  1, 2, 1, 3, 1, 1, 1, 3, 0, 1, 0, 3, 2, -1, -1, 0, 1, -1, 0, 2, 2, -1, 3, 1, -1, -1, -1, 3, -1, 0, -1, -1, 0, -1, 0, 1, 3, -1,
  -1, 3, 0, 0, 1, 3,
]
const JAVA_ORDER =
  'e1 e2 e0 e6 e7 e8 e9 e10 e11 e12 e13 e17 e18 e19 e24 e29 e34 e22 e37 e42 e35 e48 e38 e40 e60 e62 e65 e67 e33 e57 e61 e56 e73 ' +
  'e58 e74 e75 e66 e79 e80 e71 e76 e81 e21 e43 e32 e49 e52 e54 e30 e36 e69 e44 e64 e16 e68 e26 e27 e53 e3 e50 e25 e41 e82 e20 ' +
  'e77 e59 e51 e39 e31 e28 e70 e15 e78 e72 e55 e14 e46 e47 e5 e23 e4 e45 e63'

test('JavaHeap should give elements in the order of a Java priority queue when many have the same rank', () => {
  const heap = new JavaHeap<{ name: string; rank: number }>((a, b) => a.rank < b.rank)
  const order: string[] = []
  let count = 0
  for (const step of STEPS) {
    if (step === -1) order.push(heap.poll()!.name)
    else heap.add({ name: `e${count++}`, rank: step })
  }
  while (heap.size > 0) order.push(heap.poll()!.name)
  expect(order.join(' ')).toBe(JAVA_ORDER)
})

test('JavaHeap should give elements sorted when all are added before the first is taken', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new JavaHeap<number>((a, b) => a < b)
      for (const number of numbers) heap.add(number)
      expect(heap.peek()).toBe(numbers.length === 0 ? undefined : Math.min(...numbers))
      expect(numbers.map(() => heap.poll())).toEqual([...numbers].sort((a, b) => a - b))
      expect(heap.poll()).toBeUndefined()
    }),
  )
})
