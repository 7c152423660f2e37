import type { RackAwareOptimizationParams } from './rack-aware-optimization-params.ts'
import { moveActiveTasks, moveStandbyTasks, partitionsRead } from './rack-aware-tasks.ts'
import type { RackLoad } from './rack-aware-tasks.ts'

/**
 * Moves tasks of one kind among `loads` so that less is read from other racks. Nothing moves when the strategy is `none`, when a
 * cost is neither set nor given, or when a rack is unknown: of a client, or of a partition that the tasks read.
 */
export const optimizeByRacks = (type: 'ACTIVE' | 'STANDBY', params: RackAwareOptimizationParams, loads: readonly RackLoad[]): void => {
  const { rackAwareAssignmentStrategy: strategy, rackAwareAssignmentTags } = params.applicationState.assignmentConfigs
  const { trafficCost, nonOverlapCost } = params
  if (strategy === 'none' || trafficCost === undefined || nonOverlapCost === undefined) return
  if (loads.some(({ client }) => client.rack === undefined)) return
  const { tasks } = params
  if (tasks.some((task) => partitionsRead(task, type).some(({ rackIds }) => rackIds === undefined || rackIds.size === 0))) return
  const costs = { strategy, trafficCost, nonOverlapCost }
  if (type === 'ACTIVE') moveActiveTasks(tasks, loads, costs)
  else moveStandbyTasks(tasks, loads, costs, rackAwareAssignmentTags)
}
