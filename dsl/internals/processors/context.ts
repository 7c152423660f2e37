import type { Headers } from '../../../lib/core/headers.ts'
import type { ProcessorContext } from '../../../topology/api.ts'

/** What the task's context offers to the DSL's own processors beside the public interface. */
export interface DslContext extends ProcessorContext {
  /** Counts a record that is skipped in `dropped-records-total`, and logs why. */
  recordDropped(reason: string): void
  /** Headers of the record that is being processed; under a cache flush, of the record that made the cached change. */
  readonly currentHeaders: Headers
}

/** The DSL's processors only ever run in our task, whose contexts have these members. */
export const dslContext = (context: ProcessorContext): DslContext => context as DslContext
