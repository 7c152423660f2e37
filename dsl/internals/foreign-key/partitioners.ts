import { StreamsError } from '../../../lib/core/errors.ts'
import type { StreamPartitioner } from '../../../topology/api.ts'
import type { Answer } from './answer.ts'

/** Sends an answer to the partition of the left row, whatever it was partitioned by. */
export const byPrimaryPartition: StreamPartitioner<unknown, Answer<unknown>> = (_topic, _key, answer) => answer?.primaryPartition

/** A user's partitioner of one table's keys: it sees no values, and a record goes to one partition. */
export const byKeyOnly = <K, V>(partitioner: StreamPartitioner<K, undefined> | undefined, sinkName: string): StreamPartitioner<K, V> | undefined => {
  if (partitioner === undefined) return undefined
  return (topic, key, _value, numPartitions) => {
    const chosen = partitioner(topic, key, undefined, numPartitions)
    if (chosen === undefined || typeof chosen === 'number' || chosen.length === 1) return chosen
    throw new StreamsError(
      'MILLRACE_PARTITIONER_NOT_SINGLE',
      `The partitions returned by StreamPartitioner#partitions method when used for FK join should be a singleton set, but the partitioner of ${sinkName} chose ${chosen.length}`,
    )
  }
}
