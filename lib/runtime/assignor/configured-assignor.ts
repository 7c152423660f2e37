import type { StreamsConfig } from '../../../topology/config.ts'
import { ConfigError } from '../../core/errors.ts'
import { HighAvailabilityTaskAssignor } from './high-availability-task-assignor.ts'
import type { AssignmentConfigs, TaskAssignor } from './task-assignor.ts'

/** The assignor that `task.assignor.class` names, configured. @throws {ConfigError} when it is none */
export const configuredAssignor = (config: StreamsConfig): TaskAssignor => {
  const given = config.settings.taskAssignorClass
  if (given === undefined) return new HighAvailabilityTaskAssignor()
  const assignor: unknown = typeof given === 'function' ? new (given as new () => unknown)() : given
  if (!isAssignor(assignor)) {
    throw new ConfigError(`Invalid value ${String(given)} for configuration task.assignor.class: it takes a TaskAssignor, an object with assign(), or a class of such`)
  }
  assignor.configure?.(config.originals())
  return assignor
}

const isAssignor = (value: unknown): value is TaskAssignor =>
  typeof value === 'object' && value !== null && 'assign' in value && typeof value.assign === 'function'

export const assignmentConfigsOf = ({ settings }: StreamsConfig): AssignmentConfigs => ({
  acceptableRecoveryLag: settings.acceptableRecoveryLag,
  maxWarmupReplicas: settings.maxWarmupReplicas,
  numStandbyReplicas: settings.numStandbyReplicas,
  probingRebalanceIntervalMs: settings.probingRebalanceIntervalMs,
  rackAwareAssignmentTags: settings.rackAwareAssignmentTags,
  rackAwareAssignmentStrategy: settings.rackAwareAssignmentStrategy,
  rackAwareTrafficCost: settings.rackAwareAssignmentTrafficCost,
  rackAwareNonOverlapCost: settings.rackAwareAssignmentNonOverlapCost,
})
