import type { ResourceLimits } from 'node:worker_threads'
import type { StreamsConfig } from '../../../topology/config.ts'
import type { WorkerPlan } from '../streams-client.ts'

interface WorkerSettings {
  readonly config: StreamsConfig
  readonly workers: boolean | undefined
  readonly resourceLimits: ResourceLimits | undefined
  readonly program: URL
  readonly moduleUrl: string
  /** The settings that a worker is given. */
  readonly data: () => Readonly<Record<string, unknown>>
}

/** A single stream thread runs in the event loop of the caller unless workers are asked for; all others in workers. */
export const planWorkers = ({ config, workers, resourceLimits, program, moduleUrl, data }: WorkerSettings): WorkerPlan | undefined => {
  if (workers === false) return undefined
  const isAlways = workers === true || config.settings.numStreamThreads > 1
  return {
    isWorker: (index) => isAlways || index > 1,
    factory: () => ({ program, moduleUrl, config: data(), resourceLimits }),
  }
}
