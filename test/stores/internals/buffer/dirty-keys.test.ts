import fc from 'fast-check'
import { BufferedChange } from '../../../../stores/internals/buffer/buffered-change.ts'
import { DirtyKeys } from '../../../../stores/internals/buffer/dirty-keys.ts'
import type { KeyTail } from '../../../../stores/internals/buffer/key-parts.ts'

const tail: KeyTail = { bytes: '@w', window: undefined, hash: 0 }

const change = (key: string): BufferedChange<string> => new BufferedChange(key, tail, 0, 0)

const taken = (dirty: DirtyKeys<string>): [string, BufferedChange<string> | undefined][] => {
  const list: [string, BufferedChange<string> | undefined][] = []
  dirty.take((bytes, start, end, found) => list.push([bytes.latin1Slice(start, end), found]))
  return list
}

/** What a HashSet of Java does: its buckets double, and never become fewer. */
class HashSetModel {
  #capacity = 16
  readonly #keys = new Map<string, BufferedChange<string> | undefined>()

  set(key: string, value: BufferedChange<string> | undefined): void {
    this.#keys.set(key, value)
    while (this.#keys.size > this.#capacity * 0.75) this.#capacity *= 2
  }

  take(): [string, BufferedChange<string> | undefined][] {
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

const keys = fc.oneof(fc.nat(40).map((n) => `k${n}`), fc.string({ unit: fc.constantFrom('a', 'b', 'ÿ'), maxLength: 4 }))
const steps = fc.array(fc.oneof({ weight: 20, arbitrary: keys }, { weight: 1, arbitrary: fc.constant(undefined) }), { maxLength: 120 })

test('dirty keys should come out in the order of a HashSet, each once, with what they are now', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const dirty = new DirtyKeys<string>()
      const model = new HashSetModel()
      const waiting = new Map<string, BufferedChange<string>>()
      for (const key of [...list, undefined]) {
        if (key === undefined) {
          expect(taken(dirty)).toEqual(model.take())
          expect(dirty.size).toBe(0)
          continue
        }
        const known = waiting.get(key)
        if (known === undefined) {
          const made = change(key)
          waiting.set(key, made)
          dirty.add(made)
          model.set(key + tail.bytes, made)
        } else {
          waiting.delete(key)
          dirty.left(known)
          model.set(key + tail.bytes, undefined)
        }
      }
      for (const { dirtyAt } of waiting.values()) expect(dirtyAt).toBe(-1)
    }),
  )
})
