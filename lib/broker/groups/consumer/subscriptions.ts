import type { ConsumerMember } from './consumer-member.ts'
import type { TopicSource } from './consumer-group.ts'
import { topicPattern } from './topic-pattern.ts'

/** Which topics members of a group mean by names and patterns, and whether those have changed. */
export class Subscriptions {
  readonly #topics: TopicSource
  /** The names that patterns match, as of a version of the topics. */
  readonly #matches = new Map<string, readonly string[]>()
  #version = -1
  #checkedVersion = -1
  #known = ''

  constructor(topics: TopicSource) {
    this.#topics = topics
  }

  /** The names a member means; topics that do not exist included when it names them. */
  #names({ topicNames, topicRegex, maySee }: ConsumerMember): readonly string[] {
    if (topicRegex === '') return topicNames
    const matching = this.#matching(topicRegex)
    return [...topicNames, ...(maySee === undefined ? matching : matching.filter(maySee))]
  }

  #matching(pattern: string): readonly string[] {
    if (this.#version !== this.#topics.version) {
      this.#version = this.#topics.version
      this.#matches.clear()
    }
    let names = this.#matches.get(pattern)
    if (names === undefined) {
      const regex = topicPattern(pattern)
      names = [...this.#topics.all()].flatMap(({ name }) => (regex.test(name) ? [name] : []))
      this.#matches.set(pattern, names)
    }
    return names
  }

  /** Ids of the existing topics that a member wants. */
  topicIds(member: ConsumerMember): ReadonlySet<string> {
    return new Set(this.#names(member).flatMap((name) => this.#topics.get(name)?.id ?? []))
  }

  topicNames(members: Iterable<ConsumerMember>): ReadonlySet<string> {
    const names = new Set<string>()
    for (const member of members) for (const name of this.#names(member)) names.add(name)
    return names
  }

  /**
   * Whether the topics that the members want, or their partitions, are others than when last asked. `touched`: members have
   * come, gone or changed their wishes since.
   */
  changed(members: Iterable<ConsumerMember>, touched: boolean): boolean {
    if (!touched && this.#checkedVersion === this.#topics.version) return false
    this.#checkedVersion = this.#topics.version
    const found = [...this.topicNames(members)].sort().flatMap((name) => this.#topics.get(name) ?? [])
    const known = found.map(({ id, partitions }) => `${id}:${partitions.length}`).join(',')
    const changed = known !== this.#known
    this.#known = known
    return changed
  }
}
