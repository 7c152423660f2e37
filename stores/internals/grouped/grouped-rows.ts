/**
 * Rows that are asked for by the group: all of one at once, in the order of its members, never a single one. Groups and members are
 * bytes as latin1 strings, as everywhere in stores.
 */
export interface GroupedRows<R> {
  put(group: string, member: string, row: R): void
  delete(group: string, member: string): void
  /** Calls `visitor` with each row of that group; it may change rows meanwhile, and sees no new ones. */
  visit(group: string, visitor: (row: R) => void): void
}

/** The key of a row in files and changelogs is: length of the group (4 bytes), group, member. */
const LENGTH_BYTES = 4

const lengthBytes = (length: number): string => String.fromCharCode(length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255)

const usualLengths = Array.from({ length: 64 }, (_, length) => lengthBytes(length))

/** What the keys of all rows of a group start with. */
export const groupPrefix = (group: string): string => (usualLengths[group.length] ?? lengthBytes(group.length)) + group

export const rowKey = (group: string, member: string): string => groupPrefix(group) + member

/** Where the member begins in the key of a row. */
const memberStart = (key: string): number =>
  LENGTH_BYTES + ((key.charCodeAt(0) << 24) | (key.charCodeAt(1) << 16) | (key.charCodeAt(2) << 8) | key.charCodeAt(3))

export const groupOf = (key: string): string => key.slice(LENGTH_BYTES, memberStart(key))

export const memberOf = (key: string): string => key.slice(memberStart(key))
