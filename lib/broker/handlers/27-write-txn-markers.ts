import { writeTxnMarkers } from '../../protocol/messages/27-write-txn-markers.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { TransactionEnd } from '../log/transaction-marker.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'
import { whyNotServed } from './served-partition.ts'

/** Ends a transaction in one partition, whatever its coordinator thinks: how an admin frees a partition of one that hangs. */
const endIn = ({ broker, nodeId }: RequestContext, topic: string, partition: number, end: TransactionEnd): number | Promise<number> => {
  const log = broker.topics.log(topic, partition)
  const notServed = whyNotServed(log, nodeId, -1)
  if (log === undefined || notServed !== errorCodes.NONE) return notServed
  const { error, lastOffset } = log.endTransaction(end)
  if (error !== errorCodes.NONE) return error
  return log.whenWritten(lastOffset)?.then(() => errorCodes.NONE, () => errorCodes.KAFKA_STORAGE_ERROR) ?? errorCodes.NONE
}

export const writeTxnMarkersHandler = handler<typeof writeTxnMarkers>({
  api: writeTxnMarkers,
  handle: async ({ markers }, context) => ({
    markers: await Promise.all(markers.map(async ({ producerId, producerEpoch, transactionResult: committed, coordinatorEpoch, topics }) => ({
      producerId,
      topics: await Promise.all(topics.map(async ({ name, partitionIndexes }) => ({
        name,
        partitions: await Promise.all(partitionIndexes.map(async (partitionIndex) => ({
          partitionIndex, errorCode: await endIn(context, name, partitionIndex, { producerId, producerEpoch, committed, coordinatorEpoch }),
        }))),
      }))),
    }))),
  }),
  fail: ({ markers }, errorCode) => ({
    markers: markers.map(({ producerId, topics }) => ({
      producerId, topics: topics.map(({ name, partitionIndexes }) => ({ name, partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode })) })),
    })),
  }),
})
