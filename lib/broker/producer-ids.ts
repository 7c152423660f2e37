import type { Journal } from './storage/journal.ts'

const KEY = 'producer-ids'
const BLOCK = 1000

/** Gives out producer ids, each once in the life of the broker's directory. Ids are reserved in the journal by the block. */
export class ProducerIds {
  readonly #journal: Journal
  #next: number
  #reserved: number

  constructor(journal: Journal) {
    this.#journal = journal
    const [stored] = journal.restored(KEY)
    this.#next = stored === undefined ? 0 : Number(stored[1])
    this.#reserved = this.#next
  }

  next(): number {
    if (this.#next >= this.#reserved) {
      this.#reserved += BLOCK
      this.#journal.put(KEY, this.#reserved)
    }
    return this.#next++
  }
}
