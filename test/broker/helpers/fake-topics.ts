import type { Topic } from '../../../lib/broker/topics/topic.ts'

/** Topics for groups to be about: their ids are their names, and they have nothing but partitions. */
export class FakeTopics {
  version = 0
  readonly #topics = new Map<string, Topic>()

  constructor(partitions: Readonly<Record<string, number>> = {}) {
    for (const [name, count] of Object.entries(partitions)) this.set(name, count)
  }

  set(name: string, partitions: number): void {
    this.version++
    this.#topics.set(name, { name, id: name, partitions: Array.from({ length: partitions }) } as unknown as Topic)
  }

  all(): Iterable<Topic> {
    return this.#topics.values()
  }

  get(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  byId(id: string): Topic | undefined {
    return this.#topics.get(id)
  }
}
