import { RUNNING_TASK } from './assignor/subscription-info.ts'
import type { ManagedTask } from './managed-task.ts'

/** What a member tells the leader about its tasks: which it runs, and how far the state of the others is. */
export const taskOffsetSums = (tasks: readonly ManagedTask[]): Map<string, number> => {
  const sums = new Map<string, number>()
  for (const { id, phase, task } of tasks) {
    if (phase === 'running') sums.set(id, RUNNING_TASK)
    else if (phase === 'restoring') sums.set(id, task.changelogPartitions().reduce((sum, { offset }) => sum + (offset ?? 0), 0))
  }
  return sums
}
