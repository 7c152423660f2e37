import type { KafkaStreams } from '../../lib/index.ts'
import type { StateView } from '../../lib/http/index.ts'
import type { ReadableModelState } from './model-state-store.ts'
import { modelStateStoreType } from './model-state-store.ts'
import type { ServingRow } from './serving-state.ts'
import { currentStatisticsRange } from './serving-state.ts'
import type { ServedModel, Statistics } from './statistics.ts'
import { combined } from './statistics.ts'
import type { StoreKind } from './topologies.ts'
import { STORE_NAME } from './topologies.ts'

/** What `/state/value` shows of a model server: the statistics of the models in service, over all partitions. */
export const modelStateView = (streams: KafkaStreams, kind: StoreKind): StateView<Statistics, ServedModel> => ({
  storeName: STORE_NAME,
  local: kind === 'custom' ? () => customStatistics(streams) : () => keyValueStatistics(streams),
  combine: combined,
  combineFor: (dataType, parts) => {
    const own = parts.filter((part) => part.dataType === dataType)
    return own.length === 0 ? undefined : combined(own)
  },
})

/** JSON schema of {@link ServedModel}. */
export const servedModelSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', description: 'of the model in service; None before any' },
    description: { type: 'string' },
    since: { type: 'number', description: 'when it went into service, ms since the epoch' },
    usage: { type: 'number', description: 'records scored' },
    duration: { type: 'number', description: 'sum of scoring times, ms' },
    min: { type: 'number', description: 'shortest scoring time, ms' },
    max: { type: 'number', description: 'longest scoring time, ms' },
  },
} as const

const keyValueStatistics = async (streams: KafkaStreams): Promise<Statistics[]> => {
  const parts: Statistics[] = []
  const { from, to } = currentStatisticsRange
  for await (const [, row] of streams.store<string, ServingRow>(STORE_NAME).range(from, to)) parts.push(row as Statistics)
  return parts
}

const customStatistics = async (streams: KafkaStreams): Promise<Statistics[]> => {
  const state: ReadableModelState = streams.store({ storeName: STORE_NAME, type: modelStateStoreType })
  return state.currentStatistics()
}
