import { attribute, childrenOf, invalid, requiredAttribute, requiredChild, unsupportedAttribute, vectorNumbers, wordAttribute } from '../elements.ts'
import { numbers } from '../scope.ts'
import { Outcome } from '../outcome.ts'
import { compileMeasure, fieldWeight, missingWeightsOf, rank } from './measures.ts'
import type { BodyCompiler } from '../outcome.ts'
import type { XmlElement } from '../xml.ts'

const centre = (cluster: XmlElement, size: number): Float64Array => {
  const array = cluster.children.find(({ name }) => name === 'Array' || name.endsWith('SparseArray'))
  if (array === undefined) throw invalid(cluster, 'a Cluster has no Array', 'missing-element')
  const values = vectorNumbers(array)
  if (values.length !== size) throw invalid(array, `a cluster of ${values.length} values for ${size} fields`, 'invalid-element')
  return Float64Array.from(values)
}

/** The nearest cluster (or the most similar one) by the distances of a record to the clusters' centres. */
export const compileClusteringModel: BodyCompiler = ({ element, scope, functionName }) => {
  if (functionName !== 'clustering') throw unsupportedAttribute(element, 'functionName')
  if (wordAttribute(element, 'modelClass', ['centerBased', 'distributionBased']) !== 'centerBased') throw unsupportedAttribute(element, 'modelClass')
  const fields = childrenOf(element, 'ClusteringField').filter((field) => attribute(field, 'isCenterField') !== 'false')
  const inputs = fields.map((field) => numbers(scope.field(requiredAttribute(field, 'field')).expression))
  const measure = compileMeasure(requiredChild(element, 'ComparisonMeasure'),
    fields.map((field) => ({ element: field, weight: fieldWeight(field) })), scope.environment, missingWeightsOf(element))
  const clusters = childrenOf(element, 'Cluster')
  if (clusters.length === 0) throw invalid(element, 'ClusteringModel has no Cluster', 'missing-element')
  const ids = clusters.map((cluster, i) => attribute(cluster, 'id') ?? String(i + 1))
  const centres = clusters.map((cluster) => centre(cluster, fields.length))
  const outcome = new Outcome(ids)
  outcome.canHaveProbabilities = false
  outcome.displayValues = new Map(clusters.map((cluster, i) => [ids[i]!, attribute(cluster, 'name') ?? ids[i]!]))
  outcome.unknownAffinity = measure.isSimilarity ? -Infinity : Infinity
  const values = new Float64Array(inputs.length)
  const { affinities } = outcome
  const needsRanks = rankedOutputs(element)
  return {
    outcome,
    evaluate: () => {
      for (let i = 0; i < inputs.length; i++) values[i] = inputs[i]!()
      let best = 0
      for (let k = 0; k < centres.length; k++) {
        affinities[k] = measure.compare(values, centres[k]!)
        if (measure.isSimilarity ? affinities[k]! > affinities[best]! : affinities[k]! < affinities[best]!) best = k
      }
      outcome.hasAffinities = true
      outcome.setLabel(ids[best])
      outcome.entityId = ids[best]
      if (needsRanks) outcome.rankedIds = rank(affinities, measure.isSimilarity).map((i) => ids[i]!)
    },
  }
}

/** Whether an output field asks for more than the winner: only then are all clusters put in order. */
const rankedOutputs = (model: XmlElement): boolean =>
  childrenOf(model, 'Output').some((output) => childrenOf(output, 'OutputField').some((field) => field.attributes.has('rank')))
