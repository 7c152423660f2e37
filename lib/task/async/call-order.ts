import type { AsyncItem } from './async-item.ts'

/** Decides which of the calls of one processor begin, and which results are delivered, when. */
export interface CallOrder {
  /** Calls that are not finished: waiting, under way, or with a result that waits. */
  readonly size: number
  /** True when no further records are to be taken. */
  readonly isFull: boolean
  add(item: AsyncItem): void
  /** The call has its result; true when something may be delivered now. */
  settled(item: AsyncItem): boolean
  /** The next one to deliver, which is to be told {@link finished} afterwards. */
  take(): AsyncItem | undefined
  finished(item: AsyncItem): void
  /** All that are not finished; forgets them. */
  clear(): AsyncItem[]
}
