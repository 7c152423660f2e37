import fc from 'fast-check'
import type { Dirty } from '../../../../stores/internals/buffer/dirty-keys.ts'
import { DirtyKeys } from '../../../../stores/internals/buffer/dirty-keys.ts'
import type { KeyTail } from '../../../../stores/internals/buffer/key-parts.ts'

const tail: KeyTail = { bytes: '@w', window: undefined, hash: 0 }

/** Keys, and whether they wait. */
type Taken = [string, boolean][]

const taken = (dirty: DirtyKeys): Taken => {
  const list: Taken = []
  dirty.take((bytes, start, end, waits) => list.push([bytes.latin1Slice(start, end), waits]))
  return list
}

/** What a HashSet of Java does: its buckets double, and never become fewer. */
class HashSetModel {
  #capacity = 16
  readonly #keys = new Map<string, boolean>()

  set(key: string, value: boolean): void {
    this.#keys.set(key, value)
    while (this.#keys.size > this.#capacity * 0.75) this.#capacity *= 2
  }

  take(): Taken {
    const bucketOf = (key: string): number => {
      let hash = 1
      for (const byte of Buffer.from(key, 'latin1')) hash = (Math.imul(31, hash) + ((byte << 24) >> 24)) | 0
      return (hash ^ (hash >>> 16)) & (this.#capacity - 1)
    }
    const entries = [...this.#keys].map(([key, value]) => ({ key, value, bucket: bucketOf(key) }))
    this.#keys.clear()
    return entries.sort((a, b) => a.bucket - b.bucket).map(({ key, value }) => [key, value])
  }
}

/** Also such as have one hash. */
const keys = fc.oneof(
  fc.nat(40).map((n) => `k${n}`),
  fc.string({ unit: fc.constantFrom('a', 'b', 'ÿ'), maxLength: 4 }),
  fc.array(fc.constantFrom('Aa', 'BB'), { minLength: 7, maxLength: 7 }).map((parts) => parts.join('')),
)
const steps = fc.array(fc.oneof({ weight: 20, arbitrary: keys }, { weight: 1, arbitrary: fc.constant(undefined) }), { maxLength: 250, size: 'max' })

test('dirty keys should come out in the order of a HashSet, each once, with what they are now', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const dirty = new DirtyKeys()
      const model = new HashSetModel()
      const waiting = new Map<string, Dirty>()
      for (const key of [...list, undefined]) {
        if (key === undefined) {
          expect(taken(dirty)).toEqual(model.take())
          expect(dirty.size).toBe(0)
          // Whoever takes the keys knows that they are dirty no more.
          for (const change of waiting.values()) change.dirtyAt = -1
          continue
        }
        const known = waiting.get(key)
        if (known === undefined) {
          const made: Dirty = { head: key, tail, dirtyAt: -1 }
          waiting.set(key, made)
          dirty.add(made)
          model.set(key + tail.bytes, true)
        } else {
          waiting.delete(key)
          dirty.left(known)
          model.set(key + tail.bytes, false)
        }
      }
    }),
  )
})
