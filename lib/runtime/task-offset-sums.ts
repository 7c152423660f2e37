import { RUNNING_TASK } from './assignor/subscription-info.ts'
import type { ManagedTask } from './managed-task.ts'
import type { ManagedStandby } from './standby-tasks.ts'

interface WithState {
  changelogPartitions(): readonly { readonly offset: number | undefined }[]
}

const offsetSum = (task: WithState): number => task.changelogPartitions().reduce((sum, { offset }) => sum + (offset ?? 0), 0)

/** What a member tells the leader about its tasks: which it runs, and how far the state of the others is. `onDisk`: what is known of files, also of those that nobody has open. */
export const taskOffsetSums = (tasks: readonly ManagedTask[], standbys: readonly ManagedStandby[], onDisk: ReadonlyMap<string, number>): Map<string, number> => {
  const sums = new Map(onDisk)
  for (const { id, task } of standbys) if (task.isOpen) sums.set(id, offsetSum(task))
  for (const { id, phase, task } of tasks) {
    if (phase === 'running') sums.set(id, RUNNING_TASK)
    else if (phase === 'restoring') sums.set(id, offsetSum(task))
  }
  return sums
}
