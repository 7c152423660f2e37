import { compileAssociationModel } from './association.ts'
import { compileClusteringModel } from './clustering.ts'
import { compileGaussianProcessModel } from './gaussian-process.ts'
import { compileGeneralRegressionModel } from './general-regression.ts'
import { compileMiningModel } from './mining.ts'
import { compileNaiveBayesModel } from './naive-bayes.ts'
import { compileNearestNeighborModel } from './nearest-neighbor.ts'
import { compileNeuralNetwork } from './neural-network.ts'
import { compileRegressionModel } from './regression.ts'
import { compileRuleSetModel } from './rule-set.ts'
import { compileScorecard } from './scorecard.ts'
import { compileSupportVectorMachineModel } from './support-vector-machine.ts'
import { compileTreeModel } from './tree.ts'
import type { BodyCompiler } from '../outcome.ts'

/** Compilers by model element. */
export const modelCompilers: ReadonlyMap<string, BodyCompiler> = new Map<string, BodyCompiler>([
  ['RegressionModel', compileRegressionModel],
  ['GeneralRegressionModel', compileGeneralRegressionModel],
  ['TreeModel', compileTreeModel],
  ['MiningModel', compileMiningModel],
  ['NeuralNetwork', compileNeuralNetwork],
  ['AssociationModel', compileAssociationModel],
  ['ClusteringModel', compileClusteringModel],
  ['NaiveBayesModel', compileNaiveBayesModel],
  ['NearestNeighborModel', compileNearestNeighborModel],
  ['SupportVectorMachineModel', compileSupportVectorMachineModel],
  ['Scorecard', compileScorecard],
  ['RuleSetModel', compileRuleSetModel],
  ['GaussianProcessModel', compileGaussianProcessModel],
])
