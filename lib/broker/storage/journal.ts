/** What can be kept in a journal: plain data. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue | undefined }

/**
 * The broker's own small state (topics, settings, groups, committed offsets, producer ids) as a map from key to value that
 * survives the process when the broker has a directory. Keys are paths: `topic/orders`, `offset/group/topic/0`.
 */
export interface Journal {
  /** Everything that was kept under a prefix, as found at start. */
  restored(prefix: string): Iterable<readonly [key: string, value: JsonValue]>
  put(key: string, value: JsonValue): void
  remove(key: string): void
  /** Resolves when what was put so far survives the process; `undefined` when it already does, or never will. */
  flushed(): Promise<void> | undefined
  close(): Promise<void>
}

/** For the broker without a directory: keeps nothing. */
export class NoJournal implements Journal {
  restored(): Iterable<readonly [string, JsonValue]> {
    return []
  }

  put(): void {}

  remove(): void {}

  flushed(): undefined {
    return undefined
  }

  async close(): Promise<void> {}
}

/** A key whose parts may contain slashes. */
export const journalKey = (...parts: readonly (string | number)[]): string => parts.map((part) => encodeURIComponent(part)).join('/')

export const journalKeyParts = (key: string): string[] => key.split('/').map(decodeURIComponent)
