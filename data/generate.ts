import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { growTree, resample } from './generator/decision-tree.ts'
import { fitLinear } from './generator/least-squares.ts'
import { trainNetwork } from './generator/neural-network.ts'
import * as pmml from './generator/pmml.ts'
import { Random } from './generator/random.ts'
import { denseGraph } from './generator/tensorflow.ts'
import { categories, inventWines, statisticsOf, toCsv } from './generator/wines.ts'

/*
 * Makes everything in this folder: invented wines and models fitted to them. The same seed gives the same files.
 * Usage: npx tsx data/generate.ts [DIRECTORY]
 */

const directory = process.argv[2] ?? path.dirname(process.argv[1]!)
mkdirSync(directory, { recursive: true })

const random = new Random(20_260)
const wines = inventWines(random, 500)
const { means, deviations } = statisticsOf(wines)
const inputsOf = (features: readonly number[]): number[] => features.map((value, j) => (value - means[j]!) / deviations[j]!)

const tree = growTree(wines, { maxDepth: 5, minLeaf: 8, columns: 11, random })
const forest = Array.from({ length: 12 }, () => growTree(resample(wines, random), { maxDepth: 5, minLeaf: 5, columns: 4, random }))

const tanhNetwork = trainNetwork(
  wines.map(({ features, quality }) => ({ inputs: inputsOf(features), category: categories.findIndex((category) => Number(category) === quality) })),
  random, { hidden: 8, categories: categories.length, activate: Math.tanh, slope: (a) => 1 - a * a, epochs: 60, rate: 0.03 })
const reluNetwork = trainNetwork(
  wines.map(({ features, quality }) => ({ inputs: inputsOf(features), category: quality })),
  random, { hidden: 12, categories: 10, activate: (z) => Math.max(z, 0), slope: (a) => a > 0 ? 1 : 0, epochs: 60, rate: 0.03 })

const files: Readonly<Record<string, string | Buffer>> = {
  'invented-wines.csv': toCsv(wines),
  'decision-tree.pmml': pmml.decisionTree(tree),
  'generalized-linear.pmml': pmml.generalizedLinear(fitLinear(wines, ({ quality }) => Math.log(quality))),
  'linear-regression.pmml': pmml.linearRegression(fitLinear(wines, ({ quality }) => quality)),
  'neural-network.pmml': pmml.neuralNetwork(tanhNetwork, means, deviations),
  'random-forest.pmml': pmml.randomForest(forest),
  'dense-network.pb': denseGraph(reluNetwork, means, deviations),
  'descriptions.json': JSON.stringify({
    'decision-tree.pmml': 'one tree, five questions deep',
    'generalized-linear.pmml': 'gamma regression with a log link',
    'linear-regression.pmml': 'least squares',
    'neural-network.pmml': 'eight tanh neurons, softmax',
    'random-forest.pmml': 'twelve trees, mean of their probabilities',
    'dense-network.pb': 'TensorFlow graph: twelve relu neurons, softmax',
  }, undefined, 2) + '\n',
}

for (const [name, content] of Object.entries(files)) writeFileSync(path.join(directory, name), content)
