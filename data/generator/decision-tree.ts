import type { Random } from './random.ts'
import type { Wine } from './wines.ts'

export interface TreeNode {
  /** Number of wines of each quality, by quality. */
  readonly counts: ReadonlyMap<number, number>
  readonly split?: { readonly column: number, readonly threshold: number, readonly left: TreeNode, readonly right: TreeNode }
}

interface Growing {
  readonly maxDepth: number
  readonly minLeaf: number
  /** How many columns a split may choose from. */
  readonly columns: number
  readonly random: Random
}

const countsOf = (wines: readonly Wine[]): Map<number, number> => {
  const counts = new Map<number, number>()
  for (const { quality } of wines) counts.set(quality, (counts.get(quality) ?? 0) + 1)
  return counts
}

const gini = (counts: ReadonlyMap<number, number>, total: number): number => {
  let sum = 1
  for (const count of counts.values()) sum -= (count / total) ** 2
  return sum
}

const chooseColumns = (count: number, among: number, random: Random): number[] => {
  const all = Array.from({ length: among }, (_, i) => i)
  for (let i = among - 1; i > 0; i--) {
    const j = random.integer(i + 1)
    ;[all[i], all[j]] = [all[j]!, all[i]!]
  }
  return all.slice(0, count)
}

const bestSplit = (wines: readonly Wine[], { minLeaf, columns, random }: Growing): { column: number, threshold: number } | undefined => {
  let best: { column: number, threshold: number, impurity: number } | undefined
  const own = gini(countsOf(wines), wines.length)
  for (const column of chooseColumns(columns, wines[0]!.features.length, random)) {
    const sorted = [...wines].sort((a, b) => a.features[column]! - b.features[column]!)
    const left = new Map<number, number>()
    const right = countsOf(sorted)
    for (let i = 0; i + 1 < sorted.length; i++) {
      const { quality, features } = sorted[i]!
      left.set(quality, (left.get(quality) ?? 0) + 1)
      right.set(quality, right.get(quality)! - 1)
      const next = sorted[i + 1]!.features[column]!
      const size = i + 1
      if (next === features[column] || size < minLeaf || sorted.length - size < minLeaf) continue
      const impurity = (size * gini(left, size) + (sorted.length - size) * gini(right, sorted.length - size)) / sorted.length
      if (impurity < own - 1e-9 && (best === undefined || impurity < best.impurity)) {
        best = { column, impurity, threshold: Number(((features[column]! + next) / 2).toPrecision(8)) }
      }
    }
  }
  return best
}

/** Grows a classification tree by Gini impurity. */
export const growTree = (wines: readonly Wine[], growing: Growing, depth = 0): TreeNode => {
  const counts = countsOf(wines)
  const split = depth < growing.maxDepth ? bestSplit(wines, growing) : undefined
  if (split === undefined) return { counts }
  const isLeft = ({ features }: Wine): boolean => features[split.column]! <= split.threshold
  return {
    counts,
    split: {
      ...split,
      left: growTree(wines.filter(isLeft), growing, depth + 1),
      right: growTree(wines.filter((wine) => !isLeft(wine)), growing, depth + 1),
    },
  }
}

/** A draw of as many wines with replacement. */
export const resample = (wines: readonly Wine[], random: Random): Wine[] => wines.map(() => wines[random.integer(wines.length)]!)
