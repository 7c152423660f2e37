import type { AnyProcessorSupplier } from '../../topology/internals/node-spec.ts'
import type { Supplying } from '../functions.ts'

/** Users may give a supplier or a function; the topology takes suppliers. */
export const supplierOf = (given: Supplying<object>): AnyProcessorSupplier =>
  (typeof given === 'function' ? { get: given } : given) as AnyProcessorSupplier
