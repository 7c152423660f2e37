/** An internal topic of the application as the topology asks for it. */
export interface InternalTopicPlan {
  readonly name: string
  readonly kind: 'repartition' | 'changelog' | 'windowed-changelog' | 'versioned-changelog'
  /** Topic configs over the defaults of its kind. */
  readonly configs: Readonly<Record<string, string>>
  /** Set by the user (`repartition({ numberOfPartitions })`): other topics follow it. */
  readonly partitions: number | undefined
  /** How long a windowed changelog keeps rows, or how far back a versioned one reaches, ms. */
  readonly retentionMs: number | undefined
}

/** The topics of one sub-topology. */
export interface TopicGroup {
  readonly subtopology: number
  /** All topics it reads, repartition topics included. */
  readonly sources: ReadonlySet<string>
  /** Topics it writes that have fixed names. */
  readonly sinks: ReadonlySet<string>
  /** Those of `sources` that the application makes itself. */
  readonly repartitions: ReadonlyMap<string, InternalTopicPlan>
  /** Changelogs of its stores, by name; a source topic that serves as a changelog is in `sources` too. */
  readonly changelogs: ReadonlyMap<string, InternalTopicPlan>
  readonly isStateful: boolean
}
