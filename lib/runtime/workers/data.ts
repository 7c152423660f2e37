const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Whether a value is the same after it was sent to another thread: no function, no object of a class of somebody's own. */
export const isData = (value: unknown): boolean => {
  if (typeof value === 'function' || typeof value === 'symbol') return false
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isData)
  if (value instanceof Map) return [...value].every(([key, each]) => isData(key) && isData(each))
  if (value instanceof Set) return [...value].every(isData)
  return value instanceof Uint8Array || value instanceof Date || (isPlain(value) && Object.values(value).every(isData))
}
