import { categories, columns } from './wines.ts'
import type { LinearFit } from './least-squares.ts'
import type { DenseLayer } from './neural-network.ts'
import type { TreeNode } from './decision-tree.ts'

/** Names here are our own and need no escaping beyond what XML attributes ask for. */
const escape = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;')

/** An element with attributes; children are indented one step. */
const element = (name: string, attributes: Readonly<Record<string, string | number>>, children: readonly string[] = []): string => {
  const head = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${escape(String(value))}"`)].join(' ')
  if (children.length === 0) return `<${head}/>`
  return `<${head}>\n${children.map((child) => child.replace(/^/gm, '  ')).join('\n')}\n</${name}>`
}

const miningSchema = element('MiningSchema', {}, [
  element('MiningField', { name: 'quality', usageType: 'target' }),
  ...columns.map((name) => element('MiningField', { name })),
])

const probabilities = element('Output', {}, categories.map((value) =>
  element('OutputField', { name: `probability(${value})`, optype: 'continuous', dataType: 'double', feature: 'probability', value })))

const document = (isClassification: boolean, model: string): string => '<?xml version="1.0" encoding="UTF-8"?>\n' + element('PMML',
  { xmlns: 'http://www.dmg.org/PMML-4_4', version: '4.4' }, [
    element('Header', { description: 'Invented wines; made by data/generate.ts of Millrace' }),
    element('DataDictionary', {}, [
      isClassification
        ? element('DataField', { name: 'quality', optype: 'categorical', dataType: 'string' }, categories.map((value) => element('Value', { value })))
        : element('DataField', { name: 'quality', optype: 'continuous', dataType: 'double' }),
      ...columns.map((name) => element('DataField', { name, optype: 'continuous', dataType: 'double' })),
    ]),
    model,
  ]) + '\n'

export const linearRegression = ({ intercept, coefficients }: LinearFit): string => document(false,
  element('RegressionModel', { functionName: 'regression' }, [
    miningSchema,
    element('RegressionTable', { intercept }, columns.map((name, j) => element('NumericPredictor', { name, coefficient: coefficients[j]! }))),
  ]))

/** The mean is exp(linear predictor). */
export const generalizedLinear = ({ intercept, coefficients }: LinearFit): string => document(false,
  element('GeneralRegressionModel', { functionName: 'regression', modelType: 'generalizedLinear', linkFunction: 'log', distribution: 'gamma' }, [
    miningSchema,
    element('ParameterList', {}, [element('Parameter', { name: 'p0', label: '(intercept)' }), ...columns.map((_, j) => element('Parameter', { name: `p${j + 1}` }))]),
    element('CovariateList', {}, columns.map((name) => element('Predictor', { name }))),
    element('PPMatrix', {}, columns.map((name, j) => element('PPCell', { value: 1, predictorName: name, parameterName: `p${j + 1}` }))),
    element('ParamMatrix', {}, [intercept, ...coefficients].map((beta, j) => element('PCell', { parameterName: `p${j}`, beta }))),
  ]))

const mostFrequent = (counts: ReadonlyMap<number, number>): number =>
  [...counts].sort(([a, m], [b, n]) => n - m || a - b)[0]![0]

const treeNodes = (root: TreeNode): string => {
  let id = 0
  const render = ({ counts, split }: TreeNode, predicate: string): string => {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    const own = ++id
    // Only leaves answer: every wine has all of its fields.
    const distribution = split !== undefined ? [] : categories.map((value) => element('ScoreDistribution', { value, recordCount: counts.get(Number(value)) ?? 0 }))
    const test = (operator: string): string => element('SimplePredicate', { field: columns[split!.column]!, operator, value: split!.threshold })
    const children = split === undefined ? [] : [render(split.left, test('lessOrEqual')), render(split.right, test('greaterThan'))]
    return element('Node', { id: own, score: mostFrequent(counts), recordCount: total }, [predicate, ...distribution, ...children])
  }
  return render(root, element('True', {}))
}

const treeModel = (root: TreeNode, output: readonly string[]): string =>
  element('TreeModel', { functionName: 'classification', splitCharacteristic: 'binarySplit' }, [miningSchema, ...output, treeNodes(root)])

export const decisionTree = (root: TreeNode): string => document(true, treeModel(root, [probabilities]))

/** Mean of the trees' probabilities. */
export const randomForest = (roots: readonly TreeNode[]): string => document(true,
  element('MiningModel', { functionName: 'classification' }, [
    miningSchema,
    probabilities,
    element('Segmentation', { multipleModelMethod: 'average' },
      roots.map((root, i) => element('Segment', { id: i + 1 }, [element('True', {}), treeModel(root, [])]))),
  ]))

const neuralLayer = (attributes: Readonly<Record<string, string>>, number: number, { weights, biases }: DenseLayer): string =>
  element('NeuralLayer', attributes, weights.map((row, o) =>
    element('Neuron', { id: `${number},${o}`, bias: biases[o]! }, row.map((weight, i) => element('Con', { from: `${number - 1},${i}`, weight })))))

/** Inputs are standardised by the document itself. */
export const neuralNetwork = ([first, second]: readonly [DenseLayer, DenseLayer], means: readonly number[], deviations: readonly number[]): string => document(true,
  element('NeuralNetwork', { functionName: 'classification', activationFunction: 'tanh' }, [
    miningSchema,
    probabilities,
    element('NeuralInputs', {}, columns.map((field, j) => element('NeuralInput', { id: `0,${j}` }, [
      element('DerivedField', { optype: 'continuous', dataType: 'double' }, [
        element('NormContinuous', { field }, [
          element('LinearNorm', { orig: means[j]!, norm: 0 }),
          element('LinearNorm', { orig: means[j]! + deviations[j]!, norm: 1 }),
        ]),
      ]),
    ]))),
    neuralLayer({}, 1, first),
    neuralLayer({ activationFunction: 'identity', normalizationMethod: 'softmax' }, 2, second),
    element('NeuralOutputs', {}, categories.map((value, k) => element('NeuralOutput', { outputNeuron: `2,${k}` }, [
      element('DerivedField', { optype: 'categorical', dataType: 'string' }, [element('NormDiscrete', { field: 'quality', value })]),
    ]))),
  ]))
