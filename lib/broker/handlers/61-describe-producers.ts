import { describeProducers } from '../../protocol/messages/61-describe-producers.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { BrokerState } from '../broker-state.ts'
import { handler } from './handler.ts'

type PartitionAnswer = ResponseInput<typeof describeProducers>['topics'][number]['partitions'][number]

const describe = (broker: BrokerState, name: string, partitionIndex: number): PartitionAnswer => {
  const log = broker.topics.log(name, partitionIndex)
  if (log === undefined) return { partitionIndex, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION, activeProducers: [] }
  return {
    partitionIndex,
    errorCode: errorCodes.NONE,
    activeProducers: [...log.producers.entries()].map(({ producerId, epoch, batches, lastTimestamp = -1, coordinatorEpoch = -1, transactionStart = -1 }) => ({
      producerId, producerEpoch: epoch, lastSequence: batches.at(-1)?.lastSequence ?? -1, lastTimestamp, coordinatorEpoch, currentTxnStartOffset: transactionStart,
    })),
  }
}

export const describeProducersHandler = handler<typeof describeProducers>({
  api: describeProducers,
  handle: ({ topics }, { broker }) => ({
    topics: topics.map(({ name, partitionIndexes }) => ({ name, partitions: partitionIndexes.map((index) => describe(broker, name, index)) })),
  }),
  fail: ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitionIndexes }) => ({ name, partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode, activeProducers: [] })) })),
  }),
})
