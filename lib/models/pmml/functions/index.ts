import { arithmeticFunctions } from './arithmetic.ts'
import { dateFunctions } from './dates.ts'
import { logicFunctions } from './logic.ts'
import { textFunctions } from './text.ts'
import type { BuiltIn } from './function.ts'

/** PMML's built-in functions by name. */
export const builtInFunctions: ReadonlyMap<string, BuiltIn> = new Map(
  Object.entries({ ...arithmeticFunctions, ...logicFunctions, ...textFunctions, ...dateFunctions }))
