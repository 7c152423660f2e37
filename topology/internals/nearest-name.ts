/** Levenshtein distance: how many letters must be put in, taken out or changed. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The name most like the one that was written, or undefined when there is none to choose from. */
export const nearestName = (written: string, names: Iterable<string>): string | undefined => {
  let best: string | undefined
  let least = Infinity
  for (const name of names) {
    const apart = distance(written.toLowerCase(), name.toLowerCase())
    if (apart < least) {
      least = apart
      best = name
    }
  }
  return best
}
