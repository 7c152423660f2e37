import type { RuleSelection } from './models/association.ts'
import type { XmlElement } from './xml.ts'
import type { Scope } from './scope.ts'
import type { DataField } from './data-dictionary.ts'

/**
 * What a model (or a segment) found out about the current record. One object per compiled model, written anew for each
 * record, so that scoring makes no garbage.
 */
export class Outcome {
  /** False: the model has no answer for this record. */
  isPresent = false
  /** The prediction of a regression. */
  number = NaN
  /** The predicted category, the cluster's identifier. */
  label: string | undefined
  /** A prediction that is neither: the list of all predictions. */
  other: unknown
  /** Whether predictions are such lists; known when the model is compiled. */
  isList = false
  /** Whether there are probabilities at all; known when the model is compiled. */
  canHaveProbabilities = true
  /** The confidence of a category of which none is known. */
  unknownConfidence = NaN
  /** The segment that answered, where only one does. */
  segmentId: string | undefined
  entityId: string | undefined
  readonly categories: readonly string[]
  readonly indexOf: ReadonlyMap<string, number>
  /** Per category, valid where `isPresent`; NaN where unknown. Models may point it at a table of theirs: do not write into another's. */
  probabilities: Float64Array
  readonly confidences: Float64Array
  /** Per category, or per entity where `affinityIds` says so: distances or similarities. */
  affinities: Float64Array
  hasProbabilities = false
  hasConfidences = false
  hasAffinities = false
  /** Identifiers of affinities where these are not the categories (nearest neighbours). */
  affinityIds: readonly string[] | undefined
  /** The affinity of an entity that the model does not know; infinite for distances. */
  unknownAffinity = NaN
  /** Ranked identifiers: clusters, neighbours, rules. */
  rankedIds: readonly string[] = []
  reasonCodes: readonly (string | undefined)[] = []
  standardDeviation = NaN
  /** The rules that apply, where the model is one of rules about sets. */
  rules: RuleSelection | undefined
  /** Names for people, of labels that the target field does not declare (clusters). */
  displayValues: ReadonlyMap<string, string> | undefined

  constructor(categories: readonly string[] = []) {
    this.categories = categories
    this.indexOf = new Map(categories.map((category, i) => [category, i]))
    this.probabilities = new Float64Array(categories.length).fill(NaN)
    this.confidences = new Float64Array(categories.length).fill(NaN)
    this.affinities = new Float64Array(categories.length).fill(NaN)
  }

  clear(): void {
    this.isPresent = false
    this.number = NaN
    this.label = undefined
    this.other = undefined
    this.entityId = undefined
    this.segmentId = undefined
    this.hasProbabilities = false
    this.hasConfidences = false
    this.hasAffinities = false
  }

  setNumber(value: number): void {
    this.isPresent = value === value
    this.number = value
  }

  setLabel(label: string | undefined): void {
    this.isPresent = label !== undefined
    this.label = label
  }

  /** The most probable category; the first of equals. */
  setMostProbable(): void {
    const { probabilities } = this
    let best = -1
    for (let i = 0; i < probabilities.length; i++) {
      const value = probabilities[i]!
      if (value === value && (best < 0 || value > probabilities[best]!)) best = i
    }
    this.hasProbabilities = true
    this.setLabel(best < 0 ? undefined : this.categories[best])
  }

  /** What is known about one category, 0 for one that the model does not know. */
  probabilityOf(category: string): number {
    const i = this.indexOf.get(category)
    const value = i === undefined ? 0 : this.probabilities[i]!
    return value === value ? value : 0
  }

  confidenceOf(category: string): number {
    const i = this.indexOf.get(category)
    const value = i === undefined || !this.hasConfidences ? NaN : this.confidences[i]!
    return value === value ? value : this.unknownConfidence
  }

  affinityOf(id: string): number {
    const i = this.affinityIds === undefined ? this.indexOf.get(id) : this.affinityIds.indexOf(id)
    return i === undefined || i < 0 ? this.unknownAffinity : this.affinities[i]!
  }
}

/** The field a model predicts, as far as the document declares it. */
export interface TargetInfo {
  readonly name: string | undefined
  readonly field: DataField | undefined
  readonly optype: string | undefined
}

/** What every kind of model compiles to: `evaluate` fills `outcome` from the current record. */
export interface Body {
  readonly outcome: Outcome
  readonly evaluate: () => void
  /** Outputs of inner models that become outputs of this one. */
  readonly outputs?: readonly CompiledOutput[]
  /** Segments by their identifier. */
  readonly segments?: ReadonlyMap<string, CompiledModel>
  /** Names that outputs may refer to beyond those of the model: what inner models gave out. */
  readonly scope?: Scope
}

export interface BodyContext {
  readonly element: XmlElement
  readonly scope: Scope
  readonly target: TargetInfo
  readonly functionName: string
  readonly compileModel: (element: XmlElement, scope: Scope) => CompiledModel
}

export type BodyCompiler = (context: BodyContext) => Body

/** One output field of a model. `get` gives the public value; it is called once a record, in order. */
export interface CompiledOutput {
  readonly name: string
  readonly isFinal: boolean
  readonly get: () => unknown
}

/** A model with its targets and outputs. */
export interface CompiledModel {
  readonly outcome: Outcome
  readonly evaluate: () => void
  readonly functionName: string
  readonly target: TargetInfo
  readonly outputs: readonly CompiledOutput[]
  /** Makes the model's outputs visible to what follows it in a chain; `hasRun` tells whether it applied to the record. */
  readonly declareOutputs: (scope: Scope, hasRun: () => boolean) => void
  /** Names of outputs that have no value when the model has no answer. */
  readonly dependentOutputs: readonly string[]
}
