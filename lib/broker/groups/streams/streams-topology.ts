import type { RequestOf, streamsGroupHeartbeat } from '../../../protocol/index.ts'
import type { TopicSource } from '../consumer/consumer-group.ts'
import { topicPattern } from '../consumer/topic-pattern.ts'

/** What an application runs, as its members tell it. */
export type StreamsTopology = NonNullable<RequestOf<typeof streamsGroupHeartbeat>['topology']>
export type Subtopology = StreamsTopology['subtopologies'][number]
export type TopicInfo = Subtopology['stateChangelogTopics'][number]

/** What members hear about their group besides their tasks. */
export const StreamsStatus = { STALE_TOPOLOGY: 0, MISSING_SOURCE_TOPICS: 1, INCORRECTLY_PARTITIONED_TOPICS: 2, MISSING_INTERNAL_TOPICS: 3, SHUTDOWN_APPLICATION: 4, ASSIGNMENT_DELAYED: 5 } as const

export interface Status {
  readonly statusCode: number
  readonly statusDetail: string
}

/** A subtopology as it is on this broker. */
export interface ConfiguredSubtopology {
  readonly id: string
  /** Patterns are names here. */
  readonly sourceTopics: readonly string[]
  readonly repartitionSourceTopics: readonly TopicInfo[]
  readonly repartitionSinkTopics: readonly string[]
  readonly changelogTopics: readonly TopicInfo[]
  readonly tasks: number
}

/** A topology with all numbers of partitions; or why it has none. */
export type Configured =
  | { readonly subtopologies: readonly ConfiguredSubtopology[]; readonly missing: readonly TopicInfo[]; readonly problem?: undefined }
  | { readonly problem: Status }

class TopologyProblem extends Error {
  readonly status: Status

  constructor(statusCode: number, statusDetail: string) {
    super(statusDetail)
    this.status = { statusCode, statusDetail }
  }
}

const MOST_SHOWN = 3

const summary = (topics: readonly string[]): string =>
  topics.slice(0, MOST_SHOWN).join(', ') + (topics.length > MOST_SHOWN ? ` and ${topics.length - MOST_SHOWN} additional topics` : '')

export const missingInternalTopics = (topics: readonly TopicInfo[], why?: string): Status => ({
  statusCode: StreamsStatus.MISSING_INTERNAL_TOPICS,
  statusDetail: `Internal topics are missing: ${summary(topics.map(({ name }) => name))}${why === undefined ? '' : `; ${why}`}`,
})

const wrongPartitions = (detail: string): TopologyProblem => new TopologyProblem(StreamsStatus.INCORRECTLY_PARTITIONED_TOPICS, detail)

/** The topics whose records come from outside of the application. */
export const sourceTopicsOf = ({ sourceTopics, sourceTopicRegex }: Subtopology, topics: TopicSource): string[] => {
  const patterns = sourceTopicRegex.map(topicPattern)
  const matching = [...topics.all()].flatMap(({ name }) => (patterns.some((pattern) => pattern.test(name)) ? [name] : []))
  return [...new Set([...sourceTopics, ...matching])]
}

/** Finds how many partitions the internal topics must have, and which of them do not exist yet. */
export const configure = (topology: StreamsTopology, topics: TopicSource): Configured => {
  try {
    return new Configuration(topology, topics).result()
  } catch (error) {
    if (error instanceof TopologyProblem) return { problem: error.status }
    throw error
  }
}

class Configuration {
  readonly #subtopologies: readonly Subtopology[]
  readonly #topics: TopicSource
  readonly #sources: ReadonlyMap<Subtopology, readonly string[]>
  /** Partitions of internal topics, as far as they are decided. */
  readonly #decided = new Map<string, number>()

  constructor({ subtopologies }: StreamsTopology, topics: TopicSource) {
    this.#subtopologies = [...subtopologies].sort((a, b) => (a.subtopologyId < b.subtopologyId ? -1 : 1))
    this.#topics = topics
    this.#sources = new Map(this.#subtopologies.map((subtopology) => [subtopology, sourceTopicsOf(subtopology, topics)]))
  }

  result(): Configured {
    this.#demandSourceTopics()
    this.#decideRepartitionTopics()
    for (const subtopology of this.#subtopologies) this.#copartition(subtopology)
    const subtopologies = this.#subtopologies.map((subtopology) => this.#configured(subtopology))
    const internal = new Map(subtopologies.flatMap(({ repartitionSourceTopics, changelogTopics }) => [...repartitionSourceTopics, ...changelogTopics]).map((info) => [info.name, info]))
    const missing: TopicInfo[] = []
    for (const info of internal.values()) {
      const found = this.#topics.get(info.name)?.partitions.length
      if (found === undefined) missing.push(info)
      else if (found !== info.partitions) throw wrongPartitions(`Existing topic ${info.name} has different number of partitions: expected ${info.partitions}, found ${found}`)
    }
    return { subtopologies, missing }
  }

  #demandSourceTopics(): void {
    const named = this.#subtopologies.flatMap(({ sourceTopics }) => sourceTopics)
    const missing = [...new Set(named)].filter((name) => this.#topics.get(name) === undefined).sort()
    if (missing.length > 0) throw new TopologyProblem(StreamsStatus.MISSING_SOURCE_TOPICS, `Source topics ${summary(missing)} are missing.`)
    const empty = this.#subtopologies.flatMap((subtopology) => (subtopology.sourceTopicRegex.length > 0 && this.#sources.get(subtopology)!.length === 0 ? subtopology.sourceTopicRegex : []))
    if (empty.length > 0) throw new TopologyProblem(StreamsStatus.MISSING_SOURCE_TOPICS, `Source topics ${summary(empty)} are missing.`)
  }

  #partitions(topic: string): number | undefined {
    return this.#topics.get(topic)?.partitions.length ?? this.#decided.get(topic)
  }

  /** Who reads a subtopology's input has as many tasks as the input has partitions; `undefined` while that is not known. */
  #tasks(subtopology: Subtopology): number | undefined {
    let most = 0
    for (const name of [...this.#sources.get(subtopology)!, ...subtopology.repartitionSourceTopics.map((info) => info.name)]) {
      const partitions = this.#partitions(name)
      if (partitions === undefined) return undefined
      most = Math.max(most, partitions)
    }
    return most
  }

  /** A repartition topic without a number of its own has as many partitions as the subtopologies that write it have tasks. */
  #decideRepartitionTopics(): void {
    const open = new Map<string, TopicInfo>()
    for (const info of this.#subtopologies.flatMap(({ repartitionSourceTopics }) => repartitionSourceTopics)) {
      if (info.partitions > 0) this.#decided.set(info.name, info.partitions)
      else if (this.#topics.get(info.name) === undefined) open.set(info.name, info)
    }
    for (let before = -1; open.size !== before && open.size > 0;) {
      before = open.size
      for (const name of [...open.keys()]) {
        const counts = this.#subtopologies.filter(({ repartitionSinkTopics }) => repartitionSinkTopics.includes(name)).map((writer) => this.#tasks(writer))
        if (counts.length === 0) throw wrongPartitions('Failed to compute number of partitions for all repartition topics, because a repartition source topic is never used as a sink topic.')
        if (counts.some((count) => count === undefined)) continue
        this.#decided.set(name, Math.max(...counts.map((count) => count!)))
        open.delete(name)
      }
    }
    if (open.size > 0) throw wrongPartitions('Failed to compute number of partitions for all repartition topics. There may be loops in the topology that cannot be resolved.')
  }

  /** Topics that are joined must have equally many partitions; repartition topics without a number of their own follow. */
  #copartition(subtopology: Subtopology): void {
    for (const group of subtopology.copartitionGroups) {
      const infos = group.repartitionSourceTopics.map((index) => subtopology.repartitionSourceTopics[index]!)
      const sources = group.sourceTopics.map((index) => subtopology.sourceTopics[index]!)
      const counts = new Set(sources.map((name) => this.#partitions(name)!))
      if (counts.size > 1) throw wrongPartitions(`Following topics do not have the same number of partitions: [${sources.join(', ')}]`)
      const fixed = infos.filter(({ partitions }) => partitions > 0)
      const [first] = counts
      for (const { name, partitions } of fixed) {
        if (first !== undefined && partitions !== first) {
          throw wrongPartitions(`Number of partitions [${partitions}] of repartition topic [${name}] doesn't match number of partitions [${first}] of the source topic.`)
        }
        if (partitions !== fixed[0]!.partitions) throw wrongPartitions(`Following topics do not have the same number of partitions: [${fixed.map((info) => info.name).join(', ')}]`)
      }
      const wanted = first ?? fixed[0]?.partitions ?? Math.max(0, ...infos.map(({ name }) => this.#partitions(name)!))
      for (const { name, partitions } of infos) if (partitions === 0) this.#decided.set(name, wanted)
    }
  }

  #configured(subtopology: Subtopology): ConfiguredSubtopology {
    const tasks = this.#tasks(subtopology)!
    return {
      id: subtopology.subtopologyId,
      sourceTopics: this.#sources.get(subtopology)!,
      repartitionSourceTopics: subtopology.repartitionSourceTopics.map((info) => ({ ...info, partitions: this.#decided.get(info.name) ?? this.#partitions(info.name)! })),
      repartitionSinkTopics: subtopology.repartitionSinkTopics,
      changelogTopics: subtopology.stateChangelogTopics.map((info) => ({ ...info, partitions: info.partitions > 0 ? info.partitions : tasks })),
      tasks,
    }
  }
}
