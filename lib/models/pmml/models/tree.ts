import { attribute, childOf, childrenOf, invalid, numberAttribute, parseNumber, requiredAttribute, requiredChild, requiredNumber, unsupportedAttribute, unsupportedElement, wordAttribute } from '../elements.ts'
import { ScoringError } from '../../errors.ts'
import { Outcome } from '../outcome.ts'
import { compilePredicate, isPredicate, predicateOf, UNKNOWN } from '../predicates.ts'
import { aggregateNodes, weightedConfidence } from './weighted-tree.ts'
import type { Spread } from './weighted-tree.ts'
import type { Body, BodyCompiler } from '../outcome.ts'
import type { Predicate } from '../predicates.ts'
import { isNumeric, parseText } from '../values.ts'
import type { NumberCell, Scope } from '../scope.ts'
import type { XmlElement } from '../xml.ts'

/** Two children told apart by one number: up to the threshold the first, above it the second. */
interface Split {
  readonly cell: NumberCell | undefined
  readonly get: () => number
  readonly threshold: number
  readonly low: TreeNode
  readonly high: TreeNode
}

export interface TreeNode {
  readonly split: Split | undefined
  readonly id: string
  readonly score: string | undefined
  readonly number: number
  readonly tests: readonly Predicate[]
  readonly children: readonly TreeNode[]
  readonly defaultChild: TreeNode | undefined
  readonly recordCount: number
  readonly counts: Float64Array | undefined
  readonly probabilities: Float64Array | undefined
  readonly confidences: Float64Array | undefined
}

interface Reading {
  readonly scope: Scope
  readonly isRegression: boolean
  readonly categories: string[]
  readonly indexOf: Map<string, number>
  count: number
}

const nodeChildren = new Set(['Node', 'ScoreDistribution', 'Partition', 'EmbeddedModel'])

const readDistribution = (element: XmlElement, reading: Reading): Pick<TreeNode, 'counts' | 'probabilities' | 'confidences'> => {
  const entries = childrenOf(element, 'ScoreDistribution')
  if (entries.length === 0) return { counts: undefined, probabilities: undefined, confidences: undefined }
  const size = reading.categories.length
  const counts = new Float64Array(size)
  const probabilities = new Float64Array(size).fill(NaN)
  const confidences = new Float64Array(size).fill(NaN)
  let sum = 0
  const isGiven = entries.every((entry) => entry.attributes.has('probability'))
  for (const entry of entries) {
    const i = reading.indexOf.get(requiredAttribute(entry, 'value'))!
    counts[i] = requiredNumber(entry, 'recordCount')
    sum += counts[i]!
    probabilities[i] = numberAttribute(entry, 'probability', NaN)
    confidences[i] = numberAttribute(entry, 'confidence', NaN)
  }
  if (!isGiven) {
    for (const entry of entries) {
      const i = reading.indexOf.get(requiredAttribute(entry, 'value'))!
      probabilities[i] = counts[i]! / sum
    }
  }
  return { counts, probabilities, confidences: entries.some((entry) => entry.attributes.has('confidence')) ? confidences : undefined }
}

/** The greatest number below another. */
const justBelow = (value: number): number => {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  const asInteger = bits.getBigInt64(0)
  bits.setBigInt64(0, value > 0 ? asInteger - 1n : asInteger + 1n)
  return value === 0 ? -Number.MIN_VALUE : bits.getFloat64(0)
}

const complements: Readonly<Record<string, string>> = { lessOrEqual: 'greaterThan', lessThan: 'greaterOrEqual', greaterThan: 'lessOrEqual', greaterOrEqual: 'lessThan' }

/** Most trees are binary, with a comparison and its opposite: one look at the number does for both. */
const readSplit = (elements: readonly XmlElement[], nodes: readonly TreeNode[], scope: Scope): Split | undefined => {
  const [first, second] = elements.map((element) => predicateOf(element))
  if (elements.length !== 2 || first!.name !== 'SimplePredicate' || second!.name !== 'SimplePredicate') return undefined
  const [left, right] = [first!, second!].map(({ attributes }) => attributes) as [XmlElement['attributes'], XmlElement['attributes']]
  const operator = left.get('operator') ?? ''
  const isOpposite = complements[operator] === right.get('operator') && left.get('field') === right.get('field') && left.get('value') === right.get('value')
  const { expression } = scope.field(left.get('field') ?? '')
  if (!isNumeric(expression.type)) return undefined
  const value = parseText(expression.type, left.get('value') ?? '')
  if (!isOpposite || expression.kind !== 'number' || value === undefined || !Number.isFinite(value)) return undefined
  const isLess = operator.startsWith('less')
  const isStrict = operator === 'lessThan' || operator === 'greaterOrEqual'
  return {
    cell: expression.cell, get: expression.get, threshold: isStrict ? justBelow(value) : value,
    low: nodes[isLess ? 0 : 1]!, high: nodes[isLess ? 1 : 0]!,
  }
}

const readNode = (element: XmlElement, reading: Reading): { node: TreeNode, test: Predicate } => {
  reading.count++
  const id = attribute(element, 'id') ?? String(reading.count)
  for (const child of element.children) if (!nodeChildren.has(child.name) && !isPredicate(child)) throw unsupportedElement(child, element)
  const embedded = childOf(element, 'EmbeddedModel')
  if (embedded !== undefined) throw unsupportedElement(embedded, element)
  const test = compilePredicate(predicateOf(element), reading.scope)
  const parts = childrenOf(element, 'Node').map((child) => readNode(child, reading))
  const score = attribute(element, 'score')
  const number = score === undefined || !reading.isRegression ? NaN : parseNumber(score)
  if (number === undefined) throw invalid(element, `score '${score}' is not a number`, 'invalid-attribute')
  const defaultId = attribute(element, 'defaultChild')
  const defaultChild = defaultId === undefined ? undefined : parts.find(({ node }) => node.id === defaultId)?.node
  if (defaultId !== undefined && defaultChild === undefined) throw invalid(element, `defaultChild '${defaultId}' is not a child of this node`, 'invalid-attribute')
  return {
    test,
    node: {
      id, score, number, defaultChild,
      split: readSplit(childrenOf(element, 'Node'), parts.map((part) => part.node), reading.scope),
      tests: parts.map((part) => part.test),
      children: parts.map((part) => part.node),
      recordCount: numberAttribute(element, 'recordCount', NaN),
      ...readDistribution(element, reading),
    },
  }
}

const hasDistributions = (element: XmlElement): boolean => element.children.some(({ name }) => name === 'ScoreDistribution') || childrenOf(element, 'Node').some(hasDistributions)

/** Categories in the order in which the tree's distributions name them, then those that only scores name. */
const readCategories = (root: XmlElement): string[] => {
  const found = new Set<string>()
  const visit = (element: XmlElement): void => {
    for (const child of element.children) {
      if (child.name === 'ScoreDistribution') found.add(requiredAttribute(child, 'value'))
      else if (child.name === 'Node') visit(child)
    }
  }
  visit(root)
  const scores = (element: XmlElement): void => {
    const score = attribute(element, 'score')
    if (score !== undefined) found.add(score)
    childrenOf(element, 'Node').forEach(scores)
  }
  scores(root)
  return [...found]
}

const noScore = ({ id }: TreeNode): ScoringError => new ScoringError('missing-attribute', `tree node '${id}' has no score`)

/** Classification by the specification's strategies for unknown tests. */
const spreadBody = (outcome: Outcome, root: TreeNode, rootTest: Predicate, spread: Spread): Body => {
  const { probabilities, confidences } = outcome
  return {
    outcome,
    evaluate: () => {
      outcome.clear()
      const leaves = rootTest() === 0 ? [] : spread(root, probabilities)
      if (leaves.length === 0) return
      const sum = probabilities.reduce((total, value) => total + value, 0)
      for (let i = 0; i < probabilities.length; i++) {
        confidences[i] = probabilities[i]!
        probabilities[i] = probabilities[i]! / sum
      }
      outcome.hasConfidences = true
      outcome.setMostProbable()
      if (leaves.length > 1) return
      outcome.entityId = leaves[0]!.id
      if (leaves[0]!.score !== undefined) outcome.setLabel(leaves[0]!.score)
    },
  }
}

export const compileTreeModel: BodyCompiler = ({ element, scope, functionName }) => {
  if (functionName !== 'regression' && functionName !== 'classification') throw unsupportedAttribute(element, 'functionName')
  const strategy = wordAttribute(element, 'missingValueStrategy',
    ['none', 'lastPrediction', 'nullPrediction', 'defaultChild', 'weightedConfidence', 'aggregateNodes'])
  const returnLast = wordAttribute(element, 'noTrueChildStrategy', ['returnNullPrediction', 'returnLastPrediction']) === 'returnLastPrediction'
  const penalty = numberAttribute(element, 'missingValuePenalty', 1)
  const isRegression = functionName === 'regression'
  const rootElement = requiredChild(element, 'Node')
  const categories = isRegression ? [] : readCategories(rootElement)
  const reading: Reading = { scope, isRegression, categories, indexOf: new Map(categories.map((category, i) => [category, i])), count: 0 }
  const { node: root, test: rootTest } = readNode(rootElement, reading)
  const outcome = new Outcome(categories)
  let missingLevels = 0

  /** What to do at a node one of whose tests is unknown. `undefined`: no prediction; the node itself: stay. */
  const onUnknown = (node: TreeNode): TreeNode | undefined => {
    switch (strategy) {
      case 'lastPrediction': return node
      case 'nullPrediction': return undefined
      case 'defaultChild':
        if (node.defaultChild === undefined) throw new ScoringError('missing-attribute', `tree node '${node.id}' has no defaultChild`)
        missingLevels++
        return node.defaultChild
      default: throw new ScoringError('unsupported-attribute', `missingValueStrategy ${strategy} is not supported`)
    }
  }

  const isNone = strategy === 'none'
  const find = (): TreeNode | undefined => {
    missingLevels = 0
    const first = rootTest()
    if (first !== 1) return undefined
    let node = root
    descend: while (node.children.length > 0) {
      const { split, tests } = node
      if (split !== undefined) {
        const value = split.cell === undefined ? split.get() : split.cell.value
        if (value <= split.threshold) {
          node = split.low
          continue
        }
        if (value > split.threshold) {
          node = split.high
          continue
        }
      }
      for (let i = 0; i < tests.length; i++) {
        const truth = tests[i]!()
        if (truth === 1) {
          node = node.children[i]!
          continue descend
        }
        if (truth === UNKNOWN && !isNone) {
          const next = onUnknown(node)
          if (next === undefined || next === node) return next
          node = next
          continue descend
        }
      }
      return returnLast ? node : undefined
    }
    return node
  }

  if (isRegression) {
    return {
      outcome,
      evaluate: () => {
        const node = find()
        if (node !== undefined && node.score === undefined) throw noScore(node)
        outcome.setNumber(node === undefined ? NaN : node.number)
        outcome.entityId = node?.id
      },
    }
  }
  const { confidences } = outcome
  outcome.canHaveProbabilities = hasDistributions(rootElement)
  outcome.unknownConfidence = 0
  const spread: Spread | undefined = scope.environment.semantics !== 'specification' ? undefined
    : strategy === 'aggregateNodes' ? aggregateNodes : strategy === 'weightedConfidence' ? weightedConfidence : undefined
  if (spread !== undefined) return spreadBody(outcome, root, rootTest, spread)
  return {
    outcome,
    evaluate: () => {
      const node = find()
      outcome.clear()
      if (node === undefined) return
      outcome.entityId = node.id
      if (node.probabilities !== undefined) {
        outcome.probabilities = node.probabilities
        outcome.hasProbabilities = true
        if (node.confidences !== undefined) {
          for (let i = 0; i < confidences.length; i++) confidences[i] = node.confidences[i]! * (missingLevels === 0 ? 1 : Math.pow(penalty, missingLevels))
          outcome.hasConfidences = true
        }
      }
      if (node.score === undefined) throw noScore(node)
      outcome.setLabel(node.score)
    },
  }
}
