import type { StreamsConfig } from '../../topology/config.ts'
import type { Time } from '../core/time.ts'
import type { MetricsOptions } from '../metrics/metrics-registry.ts'

/** How metrics are recorded, as the configuration says. */
export const metricsOptions = ({ settings }: StreamsConfig, time: Time): MetricsOptions => ({
  level: settings.metricsRecordingLevel,
  sampleWindowMs: settings.metricsSampleWindowMs,
  numSamples: settings.metricsNumSamples,
  time,
})
