import type { StoreKind } from '../model-server/topologies.ts'

/** Names of store kinds on the command line, and the letters for them. */
const kinds: Readonly<Record<string, StoreKind>> = {
  memory: 'memory',
  m: 'memory',
  standard: 'standard',
  s: 'standard',
  custom: 'custom',
  c: 'custom',
}

export const storeWords = Object.keys(kinds)

/**
 * The store kind from `--store` or from a bare word; custom without either.
 * @throws {Error} for a bare word that is none
 */
export const storeKind = (option: string | undefined, words: readonly (string | number)[]): StoreKind => {
  const word = option ?? words[0]
  if (word === undefined) return 'custom'
  const kind = Object.hasOwn(kinds, word) ? kinds[word] : undefined
  if (!kind || words.length > (option === undefined ? 1 : 0)) {
    throw new Error(`'${words.join(' ')}' is not understood: name one store, ${storeWords.join(', ')}`)
  }
  return kind
}
