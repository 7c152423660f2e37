import { randomInt } from 'node:crypto'

const PRIME = 0x01000193
const GOLDEN = 0x9e3779b1

/** A beginning of hashes that nobody can know, so that nobody can choose keys that meet in one place. */
export const HASH_SEED = randomInt(2 ** 31)

/** FNV-1a over characters; `seed` may be the hash of what stands before. */
export const hashOf = (text: string, seed: number): number => {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME)
  return hash
}

/** The same for a number: its low 32 bits are enough to tell times apart. */
export const hashOfNumber = (value: number, seed: number): number => Math.imul(seed ^ (value | 0), GOLDEN)

/** Spreads a hash over all its bits, the lowest included. */
export const spread = (hash: number): number => {
  const mixed = Math.imul(hash ^ (hash >>> 15), GOLDEN)
  return mixed ^ (mixed >>> 16)
}
