import type { Cluster } from '../client/cluster.ts'
import { ClientError } from '../client/errors.ts'
import type { Logger } from '../core/log.ts'

/** Brokers may come up later than their clients: waits for them for as long as it is wanted. */
export const connectWhenReachable = async (cluster: Cluster, isWanted: () => boolean, logger: Logger): Promise<void> => {
  for (;;) {
    try {
      return await cluster.connect()
    } catch (error) {
      if (!(error instanceof ClientError && error.retriable) || !isWanted()) throw error
      logger.warn({ err: error }, 'the cluster cannot be reached; trying again')
    }
  }
}
