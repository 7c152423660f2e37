import type { Record } from '../../topology/api.ts'

/** A node at run time. Records go down by direct calls, depth first. */
export interface TaskNode {
  readonly name: string
  process(record: Record<unknown, unknown>): void
}
