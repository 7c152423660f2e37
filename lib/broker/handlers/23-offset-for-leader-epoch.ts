import { offsetForLeaderEpoch } from '../../protocol/messages/23-offset-for-leader-epoch.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'
import { whyNotServed } from './served-partition.ts'

export const offsetForLeaderEpochHandler = handler<typeof offsetForLeaderEpoch>({
  api: offsetForLeaderEpoch,
  handle: (request, { broker, nodeId }) => ({
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) => {
        const log = broker.topics.log(topic, partition)
        const errorCode = whyNotServed(log, nodeId, currentLeaderEpoch)
        if (log === undefined || errorCode !== errorCodes.NONE) return { partition, errorCode }
        const end = log.leadership.endOf(leaderEpoch, log.logStartOffset, log.nextOffset)
        return { partition, errorCode, leaderEpoch: end.epoch, endOffset: end.offset }
      }),
    })),
  }),
  fail: (request, errorCode) => ({
    topics: request.topics.map(({ topic, partitions }) => ({ topic, partitions: partitions.map(({ partition }) => ({ partition, errorCode })) })),
  }),
})
