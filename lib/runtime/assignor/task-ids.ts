/** Task ids are handled as text, `<sub-topology>_<partition>`, wherever tasks are planned rather than run. */

export const taskIdOf = (subtopology: number, partition: number): string => `${subtopology}_${partition}`

export const parseTaskId = (id: string): { subtopology: number; partition: number } => {
  const dash = id.indexOf('_')
  return { subtopology: Number(id.slice(0, dash)), partition: Number(id.slice(dash + 1)) }
}

/** By sub-topology, then by partition. */
export const compareTaskIds = (a: string, b: string): number => {
  const left = parseTaskId(a)
  const right = parseTaskId(b)
  return left.subtopology - right.subtopology || left.partition - right.partition
}

/**
 * By partition, then by sub-topology: a list in which every prefix holds about as many tasks of each sub-topology, which
 * is what makes a share of it a fair one (sub-topologies differ in cost much more than partitions do).
 */
export const compareAcrossSubtopologies = (a: string, b: string): number => {
  const left = parseTaskId(a)
  const right = parseTaskId(b)
  return left.partition - right.partition || left.subtopology - right.subtopology
}
