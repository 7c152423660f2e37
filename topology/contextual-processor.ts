import type { FixedKeyProcessor, FixedKeyProcessorContext, FixedKeyRecord, Processor, ProcessorContext, Record } from './api.ts'

/**
 * A processor that keeps its context: `this.context` is there from `init` on. One that overrides `init` calls `super.init(context)`.
 *
 * @example
 * class Upper extends ContextualProcessor<string, string, string, string> {
 *   process(record: Record<string, string>): void {
 *     this.context.forward(record.withValue(record.value.toUpperCase()))
 *   }
 * }
 */
export abstract class ContextualProcessor<KIn, VIn, KOut = unknown, VOut = unknown> implements Processor<KIn, VIn, KOut, VOut> {
  protected context!: ProcessorContext<KOut, VOut>

  init(context: ProcessorContext<KOut, VOut>): void {
    this.context = context
  }

  abstract process(record: Record<KIn, VIn>): void | Promise<void>
}

/** The same for processors that cannot change keys, as `processValues` takes them. */
export abstract class ContextualFixedKeyProcessor<KIn, VIn, VOut = unknown> implements FixedKeyProcessor<KIn, VIn, VOut> {
  protected context!: FixedKeyProcessorContext<KIn, VOut>

  init(context: FixedKeyProcessorContext<KIn, VOut>): void {
    this.context = context
  }

  abstract process(record: FixedKeyRecord<KIn, VIn>): void | Promise<void>
}
