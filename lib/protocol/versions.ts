/** `'3'`, `'3-7'` or `'3+'`, as in Kafka's own message definitions; both ends belong to the range. */
export type VersionRange = `${number}` | `${number}-${number}` | `${number}+`

export interface Versions {
  readonly min: number
  readonly max: number
}

const parsed = new Map<VersionRange, Versions>()

/** Turns the written form into bounds; an open end is Infinity. There are few forms, which are asked for with every message. */
export const parseVersions = (range: VersionRange): Versions => {
  let versions = parsed.get(range)
  if (versions === undefined) parsed.set(range, (versions = parse(range)))
  return versions
}

const parse = (range: VersionRange): Versions => {
  const [low = '', high] = range.split('-')
  if (low.endsWith('+')) return { min: Number.parseInt(low, 10), max: Infinity }
  return { min: Number(low), max: Number(high ?? low) }
}

/** Whether the range is there and has this version. */
export const inVersions = (range: VersionRange | undefined, version: number): boolean => {
  if (range === undefined) return false
  const { min, max } = parseVersions(range)
  return version >= min && version <= max
}
