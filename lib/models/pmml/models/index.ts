import { compileGeneralRegressionModel } from './general-regression.ts'
import { compileMiningModel } from './mining.ts'
import { compileNeuralNetwork } from './neural-network.ts'
import { compileRegressionModel } from './regression.ts'
import { compileTreeModel } from './tree.ts'
import type { BodyCompiler } from '../outcome.ts'

/** Compilers by model element. */
export const modelCompilers: ReadonlyMap<string, BodyCompiler> = new Map<string, BodyCompiler>([
  ['RegressionModel', compileRegressionModel],
  ['GeneralRegressionModel', compileGeneralRegressionModel],
  ['TreeModel', compileTreeModel],
  ['MiningModel', compileMiningModel],
  ['NeuralNetwork', compileNeuralNetwork],
])
