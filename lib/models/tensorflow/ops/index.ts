import { elementWise } from './element-wise.ts'
import { images } from './images.ts'
import { matrices } from './matrices.ts'
import { reductions } from './reductions.ts'
import { shapes } from './shapes.ts'
import type { Operation } from '../operation.ts'

/** Operations by TensorFlow's names. `Const` and placeholders are the graph's own business. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries({ ...elementWise, ...matrices, ...reductions, ...shapes, ...images }))
