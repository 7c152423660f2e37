import type { FixedKeyProcessorSupplier, ProcessorSupplier, StoreBuilder } from '../api.ts'
import type { ProcessorWrapper } from '../processor-wrapper.ts'
import { invalid } from './invalid.ts'
import type { AnyProcessorSupplier } from './node-spec.ts'

interface Unwrapped {
  readonly supplier: AnyProcessorSupplier
  readonly isFixedKey: boolean
  /** Stores that the processor owns, beside those that the supplier names. */
  readonly stores: readonly StoreBuilder[]
}

interface Wrapped {
  readonly supplier: AnyProcessorSupplier
  readonly stores: readonly StoreBuilder[]
}

/** Sends a supplier through the wrapper, if there is one; its answer then says which stores there are. */
export const wrappedSupplier = (wrapper: ProcessorWrapper | undefined, name: string, { supplier, isFixedKey, stores }: Unwrapped): Wrapped => {
  const all = [...(supplier.stores ?? []), ...stores]
  if (wrapper === undefined) return { supplier, stores: all }
  // an object of its own: the supplier of a DSL operator does not know the stores
  const whole: unknown = { get: () => supplier.get(), ...(all.length > 0 ? { stores: all } : {}) }
  const wrapped = isFixedKey
    ? wrapper.wrapFixedKeyProcessorSupplier(name, whole as FixedKeyProcessorSupplier<unknown, unknown>)
    : wrapper.wrapProcessorSupplier(name, whole as ProcessorSupplier<unknown, unknown>)
  if (typeof wrapped?.get !== 'function') throw invalid(`the processor wrapper returned no supplier for ${name}; return the given one to leave it as it is`)
  return { supplier: wrapped as AnyProcessorSupplier, stores: wrapped.stores ?? [] }
}
