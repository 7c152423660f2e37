import { attribute, childrenOf, invalid, invalidAttribute, numberAttribute, requiredAttribute, requiredChild, unsupportedAttribute, unsupportedElement, wordAttribute } from '../elements.ts'
import { Outcome } from '../outcome.ts'
import { compilePredicate, isPredicate, predicateOf } from '../predicates.ts'
import { ScoringError } from '../../errors.ts'
import { compileCombination } from './combination.ts'
import { Scope } from '../scope.ts'
import type { Body, BodyCompiler, BodyContext, CompiledModel, CompiledOutput } from '../outcome.ts'
import type { Predicate } from '../predicates.ts'
import type { XmlElement } from '../xml.ts'

export interface Segment {
  readonly id: string
  readonly weight: number
  readonly predicate: Predicate
  readonly model: CompiledModel
}

const methods = ['majorityVote', 'weightedMajorityVote', 'average', 'weightedAverage', 'median', 'weightedMedian',
  'max', 'sum', 'weightedSum', 'selectFirst', 'selectAll', 'modelChain', 'multiModelChain'] as const

const isModelElement = (element: XmlElement): boolean => !isPredicate(element) && element.name !== 'VariableWeight'

const compileSegment = (element: XmlElement, index: number, scope: Scope, { compileModel }: BodyContext): Segment => {
  const model = element.children.find(isModelElement)
  if (model === undefined) throw invalid(element, 'a Segment has no model', 'missing-element')
  return {
    id: attribute(element, 'id') ?? String(index + 1),
    weight: numberAttribute(element, 'weight', 1),
    predicate: compilePredicate(predicateOf(element), scope),
    model: compileModel(model, scope),
  }
}

/** One outcome that is a copy of whichever segment answered. */
const copyOutcome = (from: Outcome, to: Outcome): void => {
  to.isPresent = from.isPresent
  to.number = from.number
  to.label = from.label
  to.other = from.other
  to.segmentId = from.segmentId
  to.entityId = from.entityId
  to.hasProbabilities = from.hasProbabilities
  to.hasConfidences = from.hasConfidences
  to.hasAffinities = from.hasAffinities
  to.affinityIds = from.affinityIds
  to.rankedIds = from.rankedIds
  to.reasonCodes = from.reasonCodes
  to.standardDeviation = from.standardDeviation
  for (let i = 0; i < to.categories.length; i++) {
    const at = from.indexOf.get(to.categories[i]!)
    to.probabilities[i] = at === undefined ? NaN : from.probabilities[at]!
    to.confidences[i] = at === undefined ? NaN : from.confidences[at]!
    to.affinities[i] = at === undefined ? NaN : from.affinities[at]!
  }
}

export const categoriesOf = (segments: readonly Segment[]): string[] =>
  [...new Set(segments.flatMap(({ model }) => model.outcome.categories))]

/** The first segment that applies; with `skipsMissing` the first that has an answer. */
const selectFirst = (segments: readonly Segment[], skipsMissing: boolean): Body => {
  const outcome = new Outcome(categoriesOf(segments))
  return {
    outcome,
    evaluate: () => {
      for (let i = 0; i < segments.length; i++) {
        const { id, predicate, model } = segments[i]!
        if (predicate() !== 1) continue
        model.evaluate()
        if (skipsMissing && !model.outcome.isPresent) continue
        copyOutcome(model.outcome, outcome)
        outcome.segmentId = id
        return
      }
      outcome.clear()
    },
  }
}

const predictionOf = (outcome: Outcome): unknown => {
  if (!outcome.isPresent) return undefined
  return outcome.label ?? (Number.isNaN(outcome.number) ? outcome.other : outcome.number)
}

/** All answers; with `stopsAtMissing` none at all when one is missing. */
const selectAll = (segments: readonly Segment[], stopsAtMissing: boolean): Body => {
  const outcome = new Outcome()
  outcome.isList = true
  return {
    outcome,
    evaluate: () => {
      const all: unknown[] = []
      for (const { predicate, model } of segments) {
        if (predicate() !== 1) continue
        model.evaluate()
        if (stopsAtMissing && !model.outcome.isPresent) {
          outcome.clear()
          return
        }
        all.push(predictionOf(model.outcome))
      }
      outcome.isPresent = all.length > 0
      outcome.other = all
    },
  }
}

/** Each segment sees the outputs of those before it; the last one that applies answers. */
const modelChain = (segments: readonly Segment[], ran: boolean[], functionName: string, stopAtMissing: boolean): Body & { outputs: CompiledOutput[] } => {
  const outcome = new Outcome(categoriesOf(segments))
  const outputs = segments.flatMap(({ model }, i) => model.outputs.map((output) => ({ ...output, get: () => ran[i] ? output.get() : undefined })))
  return {
    outcome,
    outputs,
    evaluate: () => {
      outcome.clear()
      ran.fill(false)
      let last: CompiledModel | undefined
      for (let i = 0; i < segments.length; i++) {
        const { id, predicate, model } = segments[i]!
        if (predicate() !== 1) continue
        model.evaluate()
        ran[i] = true
        if (!model.outcome.isPresent) {
          if (stopAtMissing) {
            outcome.clear()
            return
          }
          const [name] = model.dependentOutputs
          if (name !== undefined) throw new ScoringError('missing-value', `segment '${id}' has no answer for this record, so output field '${name}' has no value`)
        }
        last = model
      }
      if (last === undefined) return
      if (last.functionName !== functionName) throw new ScoringError('invalid-attribute', `the last segment that applies is for ${last.functionName}, not for ${functionName}`)
      copyOutcome(last.outcome, outcome)
    },
  }
}

const compileSegmentation = (context: BodyContext): { body: Body, segments: readonly Segment[] } => {
  const { element } = context
  const embedded = element.children.find(({ name }) => name === 'Regression' || name === 'DecisionTree')
  if (embedded !== undefined) throw unsupportedElement(embedded, element)
  const segmentation = requiredChild(element, 'Segmentation')
  requiredAttribute(segmentation, 'multipleModelMethod')
  const method = wordAttribute(segmentation, 'multipleModelMethod', methods)
  if (method === 'multiModelChain' && context.scope.environment.semantics === 'default') throw unsupportedAttribute(segmentation, 'multipleModelMethod')
  const missing = wordAttribute(segmentation, 'missingPredictionTreatment', ['continue', 'skipSegment', 'returnMissing'])
  const isChain = method === 'modelChain' || method === 'multiModelChain'
  // Segments of a chain share a scope that grows with each segment's outputs.
  const scope = new Scope(context.scope.environment, context.scope)
  const ran: boolean[] = []
  const segments = childrenOf(segmentation, 'Segment').map((child, i) => {
    const segment = compileSegment(child, i, scope, context)
    if (isChain) segment.model.declareOutputs(scope, () => ran[i]!)
    return segment
  })
  if (segments.length === 0) throw invalid(segmentation, 'Segmentation has no Segment', 'missing-element')
  switch (method) {
    case 'selectFirst': return { segments, body: selectFirst(segments, missing === 'skipSegment') }
    case 'selectAll':
      if (missing === 'skipSegment') throw unsupportedAttribute(segmentation, 'missingPredictionTreatment')
      return { segments, body: selectAll(segments, missing === 'returnMissing') }
    case 'modelChain': case 'multiModelChain':
      if (missing === 'skipSegment') throw invalidAttribute(segmentation, 'missingPredictionTreatment')
      return { segments, body: { ...modelChain(segments, ran, context.functionName, missing === 'returnMissing'), scope } }
    default: {
      const combined = compileCombination(method, context.functionName, segments, { missing, threshold: numberAttribute(segmentation, 'missingThreshold', 1) })
      if (combined === undefined) throw invalidAttribute(segmentation, 'multipleModelMethod')
      return { segments, body: combined }
    }
  }
}

const asksForSegments = (model: XmlElement): boolean =>
  childrenOf(model, 'Output').some((output) => childrenOf(output, 'OutputField').some((field) => field.attributes.has('segmentId')))

export const compileMiningModel: BodyCompiler = (context) => {
  const { body, segments } = compileSegmentation(context)
  if (!asksForSegments(context.element)) return body
  // Segments that do not apply must not show what they said of an earlier record.
  const { evaluate } = body
  return {
    ...body,
    segments: new Map(segments.map(({ id, model }) => [id, model])),
    evaluate: () => {
      for (const { model } of segments) model.outcome.clear()
      evaluate()
    },
  }
}
