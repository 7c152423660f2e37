/** `String.hashCode` of Java: the order of its hash tables decides the order of lines in `describe()`. */
const hashCode = (text: string): number => {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0
  return hash
}

/** Capacity of a `java.util.HashMap` that grew by single insertions: 16, doubled whenever it is more than 3/4 full. */
const capacityFor = (size: number): number => {
  let capacity = 16
  while (size > capacity * 0.75) capacity *= 2
  return capacity
}

/** The names in the order in which a `java.util.HashSet` filled with them, in the given order, iterates. Duplicates go. */
export const javaHashOrder = (names: Iterable<string>): string[] => {
  const distinct = [...new Set(names)]
  const mask = capacityFor(distinct.length) - 1
  const bucketOf = (name: string): number => {
    const hash = hashCode(name)
    return (hash ^ (hash >>> 16)) & mask
  }
  // sort is stable, so names of one bucket stay in the order of their insertion
  return distinct
    .map((name) => ({ name, bucket: bucketOf(name) }))
    .sort((a, b) => a.bucket - b.bucket)
    .map((entry) => entry.name)
}
