import type { FixedKeyProcessorSupplier, ProcessorSupplier } from './api.ts'

/**
 * Wraps every processor of a topology, those of the DSL's own operators too (KIP-1112): for logging, metrics, tests. Set as
 * `processorWrapperClass` in the configuration that `new StreamsBuilder(…)`, `build(…)` or `new Topology(…)` gets: suppliers
 * are wrapped when they are added, so a configuration that only `KafkaStreams` sees is too late.
 *
 * A supplier's `stores` are the stores it brings; those that the returned supplier names are used, so a wrapper may replace them by
 * builders of the same name. Spread the given supplier, or pass its `stores` on, to keep them.
 */
export interface ProcessorWrapper {
  /** Called once, before anything is wrapped, with the configuration as given, by its dotted names. */
  configure?(config: Readonly<Record<string, unknown>>): void
  wrapProcessorSupplier<KIn, VIn, KOut, VOut>(
    processorName: string,
    supplier: ProcessorSupplier<KIn, VIn, KOut, VOut>,
  ): ProcessorSupplier<KIn, VIn, KOut, VOut>
  /** The same for processors that cannot change keys: `processValues`, and of the DSL `filter`, `mapValues`, `flatMapValues`, `peek`. */
  wrapFixedKeyProcessorSupplier<KIn, VIn, VOut>(
    processorName: string,
    supplier: FixedKeyProcessorSupplier<KIn, VIn, VOut>,
  ): FixedKeyProcessorSupplier<KIn, VIn, VOut>
}
