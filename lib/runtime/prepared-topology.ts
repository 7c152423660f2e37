import type { StreamsConfig } from '../../topology/config.ts'
import type { InternalTopologyBuilder } from '../../topology/internals/internal-topology-builder.ts'
import { requireSerdes } from '../../topology/internals/missing-serdes.ts'
import type { Topology } from '../../topology/topology.ts'
import type { Logger } from '../core/log.ts'
import { configuredAssignor } from './assignor/configured-assignor.ts'
import type { TaskAssignor } from './assignor/task-assignor.ts'
import { checkExactlyOnce } from './client-options.ts'

/** A topology together with the configuration that it is to run with. */
export interface PreparedTopology {
  readonly topology: Topology
  readonly config: StreamsConfig
  readonly builder: InternalTopologyBuilder
  readonly taskAssignor: TaskAssignor
  /** True when some store keeps files. */
  readonly usesFiles: boolean
}

/**
 * Makes a topology ready to run and checks that it can.
 * @throws {ConfigError} for settings that do not go together
 * @throws {TopologyError} when the topology has no source
 * @throws {StreamsError} MILLRACE_TOPOLOGY_NO_SERDE when a source, sink or store has no serde, and none is the default
 */
export const prepareTopology = (topology: Topology, config: StreamsConfig, logger: Logger): PreparedTopology => {
  checkExactlyOnce(config)
  const { settings } = config
  const builder = topology.internals.setApplicationId(settings.applicationId).setAdditionalRetentionMs(settings.windowstoreChangelogAdditionalRetentionMs)
  requireSerdes(builder, settings)
  if (settings.processorWrapperClass !== undefined && !builder.hasProcessorWrapper) {
    logger.warn({}, 'processor.wrapper.class has no effect: the topology was built without it; give it to new StreamsBuilder(config) or new Topology(config)')
  }
  const names = [...builder.storeNames(), ...builder.buildTopology().globalStores]
  const usesFiles = names.some((name) => builder.storeBuilder(name)?.build().persistent ?? false)
  return { topology, config, builder, taskAssignor: configuredAssignor(config), usesFiles }
}
