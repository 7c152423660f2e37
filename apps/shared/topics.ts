/** The topics of an application. */
export interface Topics {
  /** Records to score: protobuf `WineRecord`s. */
  readonly data: string
  /** Models: protobuf `ModelDescriptor`s. */
  readonly models: string
  /** Scores, JSON; undefined: scores are not published. */
  readonly scores: string | undefined
  /** Records that could not be read or scored; the reason is in their headers. */
  readonly deadLetters: string
}

/** What the tutorial calls them, and our own beside them. */
export const defaultTopics = {
  data: 'models_data',
  models: 'models_models',
  scores: 'models_scores',
  deadLetters: 'models_dead_letters',
} as const satisfies Topics
