import type { MetricScope } from '../../metrics/metric-scope.ts'
import type { MetricsRegistry, RecordingLevel } from '../../metrics/metrics-registry.ts'
import type { ClientState } from '../client-state.ts'
import { version } from '../../core/version.ts'

const GROUP = 'stream-metrics'

const STATES: readonly ClientState[] = ['CREATED', 'REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING', 'PENDING_ERROR', 'ERROR']
const LEVELS: readonly RecordingLevel[] = ['INFO', 'DEBUG', 'TRACE']

export interface ClientMetricsOptions {
  readonly metrics: MetricsRegistry
  readonly clientId: string
  readonly processId: string
  readonly applicationId: string
  readonly state: () => ClientState
  readonly topologyDescription: () => string
  readonly aliveThreads: () => number
  readonly failedThreads: () => number
}

/** The metrics of an instance as a whole. */
export const clientMetrics = (options: ClientMetricsOptions): MetricScope => {
  const { metrics, clientId, processId, applicationId, state, topologyDescription, aliveThreads, failedThreads } = options
  const scope = metrics.scope({ 'client-id': clientId })
  const gauge = (name: string, description: string, read: () => number | string, tags?: Readonly<Record<string, string>>): void =>
    scope.gauge(GROUP, name, description, read, tags)
  const process = { 'process-id': processId }
  gauge('version', 'The version of the Kafka Streams client', () => version)
  gauge('application-id', 'The application ID of the Kafka Streams client', () => applicationId)
  gauge('topology-description', 'The description of the topology executed in the Kafka Streams client', topologyDescription)
  gauge('state', 'The state of the Kafka Streams client', state)
  gauge('client-state', 'The state of the Kafka Streams client', () => STATES.indexOf(state()), { ...process, 'application-id': applicationId })
  gauge('recording-level', 'The metrics recording level of the Kafka Streams client', () => LEVELS.indexOf(metrics.level), process)
  gauge('alive-stream-threads', 'The current number of alive stream threads that are running or participating in rebalance', aliveThreads)
  gauge('failed-stream-threads', 'The number of failed stream threads since the start of the Kafka Streams client', failedThreads)
  return scope
}
