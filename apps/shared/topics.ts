/** Topic of the records to score: protobuf `WineRecord`s. */
export const DATA_TOPIC = 'models_data'

/** Topic of the models: protobuf `ModelDescriptor`s. */
export const MODELS_TOPIC = 'models_models'

/** Topic of the scores, JSON. */
export const SCORES_TOPIC = 'models_scores'

/** Topic of records that could not be read or scored; the reason is in their headers. */
export const DEAD_LETTER_TOPIC = 'models_dead_letters'
