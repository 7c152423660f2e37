import fc from 'fast-check'
import { JavaTreeSet } from '../../../topology/internals/java-tree-set.ts'

interface Ranked {
  readonly name: string
  rank: number
}

const byRankThenName = (a: Ranked, b: Ranked): number => b.rank - a.rank || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

// [rank of the new element, index of an element whose rank then grows, by how much], and what java.util.TreeSet gave
const STEPS = [
  [0, 0, 2], [5, 1, 4], [3, 2, 3], [1, 2, 2], [1, 3, 3], [4, 1, 4], [5, 4, 2], [0, 1, 0], [1, 1, 3], [1, 5, 4], [1, 5, 3],
  [0, 0, 1], [0, 6, 1], [0, 1, 0], [0, 10, 4], [1, 8, 2], [5, 0, 0], [5, 4, 0], [2, 3, 3], [5, 14, 4], [1, 12, 3], [2, 5, 0],
  [4, 13, 2], [5, 4, 0], [5, 0, 1], [0, 18, 2], [1, 22, 4], [5, 20, 0], [4, 16, 2], [1, 1, 0], [2, 7, 1], [4, 4, 1],
  [3, 15, 1], [2, 0, 2], [0, 6, 2], [5, 22, 3], [2, 15, 1], [2, 8, 0], [0, 33, 1], [4, 25, 4],
] as const
const JAVA_ORDER =
  'n1 n2 n6 n16 n17 n0 n3 n5 n19 n23 n24 n22 n27 n35 n28 n31 n39 n4 n10 n18 n32 n21 n30 n15 n8 n33 n36 n37 n20 n26 n29 n9 ' +
  'n11 n12 n13 n14 n25 n7 n34 n38'

test('JavaTreeSet should keep elements where a Java TreeSet does when their rank changes after they were added', () => {
  const set = new JavaTreeSet(byRankThenName)
  const all: Ranked[] = []
  for (const [rank, grows, by] of STEPS) {
    const element = { name: `n${all.length}`, rank }
    all.push(element)
    set.add(element)
    all[grows]!.rank += by
  }
  expect([...set].map(({ name }) => name).join(' ')).toBe(JAVA_ORDER)
})

test('JavaTreeSet should be sorted without duplicates when nothing changes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (numbers) => {
      const set = new JavaTreeSet<number>((a, b) => a - b)
      for (const number of numbers) set.add(number)
      expect([...set]).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    }),
  )
})
