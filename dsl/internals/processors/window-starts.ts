/** The start of the first of the windows that a timestamp is in: windows begin at multiples of `advance` from 0 on. */
export const firstWindowStart = (timestamp: number, size: number, advance: number): number => {
  const after = Math.max(0, timestamp - size + advance)
  return after - (after % advance)
}

/** The start of the last of them. */
export const lastWindowStart = (timestamp: number, advance: number): number => timestamp - (timestamp % advance)
