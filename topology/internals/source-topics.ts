import { invalid } from './invalid.ts'

/** Java's `Pattern.matcher(topic).matches()`: the whole name has to match. */
export const matchesWhole = (pattern: RegExp, topic: string): boolean =>
  new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, '')).test(topic)

/** Which topics and patterns the sources read, and which topics were found for the patterns. */
export class SourceTopics {
  readonly #byTopic = new Map<string, string>()
  readonly #globalTopics = new Set<string>()
  readonly #patterns = new Map<string, RegExp>()
  readonly #matched = new Map<string, readonly string[]>()

  get hasPatterns(): boolean {
    return this.#patterns.size > 0
  }

  /** @throws {TopologyError} when another source reads the topic, by name or by pattern */
  checkTopic(topic: string): void {
    if (this.#byTopic.has(topic)) throw invalid(`Topic ${topic} has already been registered by another source.`)
    for (const pattern of this.#patterns.values()) {
      if (matchesWhole(pattern, topic)) throw invalid(`Topic ${topic} matches a Pattern already registered by another source.`)
    }
  }

  addTopic(topic: string, source: string): void {
    this.checkTopic(topic)
    this.#byTopic.set(topic, source)
  }

  /** A topic of a global store, which a pattern that comes later may match: the pattern then leaves it out. */
  addGlobalTopic(topic: string, source: string): void {
    this.addTopic(topic, source)
    this.#globalTopics.add(topic)
  }

  addPattern(pattern: RegExp, source: string): void {
    for (const topic of this.#byTopic.keys()) {
      if (!this.#globalTopics.has(topic) && matchesWhole(pattern, topic)) {
        throw invalid(`Pattern ${pattern.source} will match a topic that has already been registered by another source.`)
      }
    }
    this.#patterns.set(source, pattern)
  }

  /** Tells the topics that exist; each belongs to the first pattern that matches it. Returns true when something changed. */
  update(existing: Iterable<string>): boolean {
    const found = new Map<string, string[]>([...this.#patterns.keys()].map((source) => [source, []]))
    for (const topic of [...existing].sort()) {
      if (this.#byTopic.has(topic)) continue
      for (const [source, pattern] of this.#patterns) {
        if (!matchesWhole(pattern, topic)) continue
        found.get(source)?.push(topic)
        break
      }
    }
    let changed = false
    for (const [source, topics] of found) {
      if (topics.join('\0') !== (this.#matched.get(source) ?? []).join('\0')) changed = true
      this.#matched.set(source, topics)
    }
    return changed
  }

  /** The topics found so far for a source that reads by pattern. */
  matchedBy(source: string): readonly string[] {
    return this.#matched.get(source) ?? []
  }

  /** The source that reads a topic, by name or by pattern. */
  sourceOf(topic: string): string | undefined {
    const byName = this.#byTopic.get(topic)
    if (byName !== undefined) return byName
    for (const [source, pattern] of this.#patterns) if (matchesWhole(pattern, topic)) return source
    return undefined
  }

  patterns(): Iterable<RegExp> {
    return this.#patterns.values()
  }
}
