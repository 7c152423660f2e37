/** A single value of a field: dates and times are ISO 8601 strings. */
export type FieldValue = string | number | boolean

/** Values of a record by field name; `undefined` (and an absent property) is a missing value. */
export type FieldValues = object

/** What a model's output field can hold. */
export type OutputValue = FieldValue | undefined | Float32Array | readonly OutputValue[]

/** The answer of a model to one record. */
export interface Score {
  /**
   * What the model predicts: a number (regression), the predicted category (classification), the identifier of a cluster,
   * the index of the largest output (TensorFlow with several outputs). `undefined`: the model has no answer for this record.
   */
  readonly value: OutputValue
  /** The model's further output fields by name. Typed arrays in it are reused: read them before the next record is scored. */
  readonly outputs: Readonly<Record<string, OutputValue>>
}

/** More about a score than the model's outputs tell; made on request only. */
export interface Explanation extends Score {
  readonly probabilities?: ReadonlyMap<string, number>
  readonly confidences?: ReadonlyMap<string, number>
  readonly affinities?: ReadonlyMap<string, number>
  /** Identifier of the tree node, cluster, neuron or rule that decided. */
  readonly entityId?: string
}

/** A field that a model reads from a record. */
export interface InputField {
  readonly name: string
  /** PMML's data type names; `float` for tensors. */
  readonly dataType: string
  readonly optype?: string
  /** Number of values, for tensor inputs only. */
  readonly size?: number
}

/** A model in memory, ready to score. Not for concurrent use: `score` is synchronous and reuses its working memory. */
export interface Model {
  readonly name: string
  /** The kind of model, such as `PMML`. */
  readonly type: string
  readonly inputs: readonly InputField[]
  /**
   * Scores one record. Does no I/O.
   * @throws {ScoringError} when this record cannot be scored
   * @throws {ModelError} `MILLRACE_MODEL_CLOSED` after {@link close}
   */
  score(record: FieldValues): Score
  /** Like {@link score}, with probabilities and the like where the kind of model has them. */
  explain(record: FieldValues): Explanation
  /** Frees what the model holds. May be called more than once. */
  close(): void
}

/**
 * How fields of a model are found in a record: model field name → property of the record. Configuration, not code: one
 * table serves all models of a data type. The order of its entries is the order of a tensor's columns. A model's field
 * that the table does not name is read from the property of the same name.
 */
export type FieldMapping = Readonly<Record<string, string>>

/** The property of a record that holds a model's field. */
export const propertyOf = (mapping: FieldMapping, field: string): string =>
  Object.hasOwn(mapping, field) ? mapping[field]! : field

/** What a factory gets to make a model. */
export interface ModelSource {
  readonly name: string
  readonly bytes: Uint8Array
  readonly mapping: FieldMapping
  /**
   * `default`: where evaluators and specification disagree, the answers of the usual evaluator (JPMML); `specification`:
   * what the text of the standard says.
   */
  readonly semantics: 'default' | 'specification'
}

/** Makes models of one kind from their bytes. */
export interface ModelFactory {
  /** @throws {ModelError} when the bytes are not such a model, or one that cannot be scored */
  create(source: ModelSource): Model | Promise<Model>
}
