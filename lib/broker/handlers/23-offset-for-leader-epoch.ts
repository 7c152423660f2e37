import { offsetForLeaderEpoch } from '../../protocol/messages/23-offset-for-leader-epoch.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'
import { leaderEpochError } from './leader-epoch.ts'

export const offsetForLeaderEpochHandler = handler<typeof offsetForLeaderEpoch>({
  api: offsetForLeaderEpoch,
  handle: (request, { broker }) => ({
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
        const log = broker.topics.log(topic, partition)
        if (log === undefined) return { partition, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }
        const errorCode = leaderEpochError(currentLeaderEpoch, log.leaderEpoch)
        if (errorCode !== errorCodes.NONE) return { partition, errorCode }
        // All the log is of one epoch, which has not ended: a later one is not known.
        if (leaderEpoch > log.leaderEpoch) return { partition, errorCode }
        return { partition, errorCode, leaderEpoch: log.leaderEpoch, endOffset: log.nextOffset }
      }),
    })),
  }),
  fail: (request, errorCode) => ({
    topics: request.topics.map(({ topic, partitions }) => ({ topic, partitions: partitions.map(({ partition }) => ({ partition, errorCode })) })),
  }),
})
