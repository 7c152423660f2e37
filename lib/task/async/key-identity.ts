/**
 * Something that is equal for equal keys, to look them up by: primitives are their own, of anything else a text of its
 * content. Undefined for no key.
 */
export const keyIdentity = (key: unknown): unknown => {
  if (key === null || key === undefined) return undefined
  // a text could otherwise be taken for a key that is a string
  return typeof key === 'object' ? `object:${describe(key)}` : typeof key === 'string' ? `string:${key}` : key
}

const describe = (value: unknown): string => {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return value === undefined ? 'undefined' : JSON.stringify(value)
  if (value instanceof Uint8Array) return `bytes:${Buffer.from(value.buffer, value.byteOffset, value.byteLength).latin1Slice()}`
  if (value instanceof Date) return `date:${value.getTime()}`
  if (Array.isArray(value)) return `[${value.map(describe).join()}]`
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${describe(field)}`).join()}}`
}
