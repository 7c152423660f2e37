import type { TaskId } from '../../topology/api.ts'

/** Names a task: its sub-topology and partition. Prints as `0_3`. */
export const taskId = (subtopology: number, partition: number): TaskId => {
  const text = `${subtopology}_${partition}`
  return { subtopology, partition, toString: () => text }
}

/** Reads `0_3`; undefined when it is none. */
export const parseTaskId = (text: string): TaskId | undefined => {
  const match = /^(\d+)_(\d+)$/.exec(text)
  return match === null ? undefined : taskId(Number(match[1]), Number(match[2]))
}
