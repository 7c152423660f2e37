import { describeProducers } from '../../protocol/messages/61-describe-producers.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'
import { whyNotServed } from './served-partition.ts'

type PartitionAnswer = ResponseInput<typeof describeProducers>['topics'][number]['partitions'][number]

const describe = ({ broker, nodeId }: RequestContext, name: string, partitionIndex: number): PartitionAnswer => {
  const log = broker.topics.log(name, partitionIndex)
  const errorCode = whyNotServed(log, nodeId, -1)
  if (log === undefined || errorCode !== errorCodes.NONE) return { partitionIndex, errorCode, activeProducers: [] }
  return {
    partitionIndex,
    errorCode,
    activeProducers: [...log.producers.entries()].map(({ producerId, epoch, batches, lastTimestamp = -1, coordinatorEpoch = -1, transactionStart = -1 }) => ({
      producerId, producerEpoch: epoch, lastSequence: batches.at(-1)?.lastSequence ?? -1, lastTimestamp, coordinatorEpoch, currentTxnStartOffset: transactionStart,
    })),
  }
}

export const describeProducersHandler = handler<typeof describeProducers>({
  api: describeProducers,
  handle: ({ topics }, context) => ({
    topics: topics.map(({ name, partitionIndexes }) => ({ name, partitions: partitionIndexes.map((index) => describe(context, name, index)) })),
  }),
  fail: ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitionIndexes }) => ({ name, partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode, activeProducers: [] })) })),
  }),
})
