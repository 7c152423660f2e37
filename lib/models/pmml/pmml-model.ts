import { ModelError, ScoringError } from '../errors.ts'
import { compileDataDictionary } from './data-dictionary.ts'
import { attribute, childOf, childrenOf, invalid, requiredAttribute } from './elements.ts'
import { compileModel, isModel } from './compile-model.ts'
import { compileCollectionInput, compileMiningSchema, compileNumberInput, compileStringInput } from './mining-schema.ts'
import { compileReader, compileWriter } from '../record-access.ts'
import { declareDerivedFields } from './expressions.ts'
import { NumberCell, ObjectCell, objectExpression, Scope } from './scope.ts'
import { isNumberKind, parseText, publicValue } from './values.ts'
import { parseXml } from './xml.ts'
import { propertyOf } from '../model.ts'
import type { Explanation, InputField, Model, ModelFactory, ModelSource, OutputValue, Score } from '../model.ts'
import type { CompiledModel, Outcome } from './outcome.ts'
import type { MiningField } from './mining-schema.ts'
import type { Environment } from './scope.ts'
import type { XmlElement } from './xml.ts'

/** Fields that some element reads as a list. */
const collectionFields = (root: XmlElement): Set<string> => {
  const found = new Set<string>()
  const visit = (element: XmlElement): void => {
    if (element.name === 'Aggregate') found.add(requiredAttribute(element, 'field'))
    if (element.name === 'AssociationModel') {
      for (const { name, usage } of compileMiningSchema(element)) if (usage === 'active') found.add(name)
    }
    element.children.forEach(visit)
  }
  visit(root)
  return found
}

const defineFunctions = (dictionary: XmlElement | undefined): Map<string, XmlElement> => {
  const functions = new Map<string, XmlElement>()
  for (const element of dictionary === undefined ? [] : childrenOf(dictionary, 'DefineFunction')) {
    const name = requiredAttribute(element, 'name')
    if (functions.has(name)) throw invalid(element, `function '${name}' is defined twice`)
    functions.set(name, element)
  }
  return functions
}

interface CompiledInputs {
  readonly inputs: InputField[]
  readonly names: string[]
  readonly accept: ((raw: unknown) => void)[]
}

/** Declares the top model's input fields in a scope, each with a cell that the reader fills. */
const declareInputs = (schema: readonly MiningField[], scope: Scope): CompiledInputs => {
  const compiled: CompiledInputs = { inputs: [], names: [], accept: [] }
  const { dictionary, collections } = scope.environment
  for (const mining of schema) {
    if (mining.usage !== 'active' && mining.usage !== 'group' && mining.usage !== 'order' && mining.usage !== 'supplementary') continue
    const declared = dictionary.get(mining.name)
    if (declared === undefined) continue
    const { name, type } = declared
    const optype = mining.optype ?? declared.optype
    compiled.inputs.push({ name, dataType: type, optype })
    compiled.names.push(name)
    if (isNumberKind(type) && !collections.has(name)) {
      const cell = new NumberCell()
      const treat = compileNumberInput(declared, mining)
      compiled.accept.push((raw) => { cell.value = treat(raw) })
      scope.declare(name, { name, type, optype, expression: { kind: 'number', type, cell, get: () => cell.value } })
    } else {
      const cell = new ObjectCell()
      const isCollection = collections.has(name)
      const treat = isCollection ? compileCollectionInput(declared) : compileStringInput(declared, mining)
      compiled.accept.push((raw) => { cell.value = treat(raw) })
      scope.declare(name, { name, type, optype, expression: objectExpression(isCollection ? 'collection' : 'string', () => cell.value) })
    }
  }
  return compiled
}

const noOutputs: Readonly<Record<string, OutputValue>> = Object.freeze({})

/** A label as a value of the target's type. */
const labelReader = (type: string | undefined): ((label: string) => OutputValue) => {
  if (type === undefined || !isNumberKind(type)) return (label) => label
  const known = new Map<string, OutputValue>()
  return (label) => {
    if (!known.has(label)) {
      const value = parseText(type, label)
      known.set(label, value === undefined ? label : publicValue(type, value))
    }
    return known.get(label)
  }
}

class PmmlModel implements Model {
  readonly name: string
  readonly type = 'PMML'
  readonly inputs: readonly InputField[]
  readonly #clock: { row: number }
  readonly #read: (record: object) => void
  readonly #evaluate: () => void
  readonly #outcome: Outcome
  readonly #write: (() => Record<string, unknown>) | undefined
  readonly #label: (label: string) => OutputValue
  #isClosed = false

  constructor(name: string, clock: { row: number }, { inputs, accept }: CompiledInputs, properties: readonly string[], model: CompiledModel) {
    this.name = name
    this.inputs = inputs
    this.#clock = clock
    this.#read = compileReader(properties, accept)
    this.#evaluate = model.evaluate
    this.#outcome = model.outcome
    this.#label = labelReader(model.target.field?.type)
    const { outputs } = model
    this.#write = outputs.length === 0 ? undefined : compileWriter(outputs.map((output) => output.name), outputs.map((output) => output.get))
  }

  score(record: object): Score {
    if (this.#isClosed) throw new ModelError('MILLRACE_MODEL_CLOSED', `model '${this.name}' is closed; load it again to score with it`)
    this.#clock.row++
    this.#read(record)
    this.#evaluate()
    const outputs = this.#write === undefined ? noOutputs : this.#write() as Record<string, OutputValue>
    return { value: this.#value(), outputs }
  }

  explain(record: object): Explanation {
    const score = this.score(record)
    const { isPresent, categories, hasProbabilities, hasConfidences, hasAffinities, probabilities, confidences, affinities, affinityIds, entityId } = this.#outcome
    const table = (names: readonly string[], values: Float64Array): Map<string, number> =>
      new Map(names.map((category, i) => [category, values[i]!] as const).filter(([, value]) => value === value))
    if (!isPresent) return score
    return {
      ...score,
      ...(hasProbabilities && { probabilities: table(categories, probabilities) }),
      ...(hasConfidences && { confidences: table(categories, confidences) }),
      ...(hasAffinities && { affinities: table(affinityIds ?? categories, affinities) }),
      ...(entityId !== undefined && { entityId }),
    }
  }

  close(): void {
    this.#isClosed = true
  }

  #value(): OutputValue {
    const outcome = this.#outcome
    if (!outcome.isPresent) return undefined
    if (outcome.label !== undefined) return this.#label(outcome.label)
    return outcome.number === outcome.number ? outcome.number : outcome.other as OutputValue
  }
}

/** The document's first model that may score. */
const findModel = (root: XmlElement): XmlElement => {
  const found = root.children.find((element) => isModel(element) && attribute(element, 'isScorable') !== 'false')
  if (found === undefined) throw invalid(root, 'the document has no model that scores', 'missing-element')
  return found
}

/**
 * Compiles a PMML document (3.0 to 4.4) to functions.
 * @throws {ModelError} with the line when the document is malformed, or uses what is not supported
 */
export const compilePmml = ({ name, bytes, mapping, semantics }: ModelSource): Model => {
  const root = parseXml(bytes, { foreignExtensions: semantics === 'specification' })
  const dictionary = childOf(root, 'TransformationDictionary')
  const clock = { row: 0 }
  const environment: Environment = {
    semantics, clock, dictionary: compileDataDictionary(root), functions: defineFunctions(dictionary), transformations: dictionary, collections: collectionFields(root),
  }
  const element = findModel(root)
  const schema = compileMiningSchema(element)
  const scope = new Scope(environment)
  const inputs = declareInputs(schema, scope)
  declareDerivedFields(dictionary, scope)
  try {
    const model = compileModel(element, scope, { schema })
    return new PmmlModel(name, clock, inputs, inputs.names.map((field) => propertyOf(mapping, field)), model)
  } catch (error) {
    // A constant of the document that is not of its type shows when it is read, as errors of records do.
    if (error instanceof ScoringError) throw invalid(element, error.message, error.reason)
    throw error
  }
}

export const pmmlFactory: ModelFactory = { create: compilePmml }
