import { errorCodes } from '../../protocol/error-table.ts'
import { alterReplicaLogDirs } from '../../protocol/messages/34-alter-replica-log-dirs.ts'
import type { RequestOf } from '../../protocol/index.ts'
import type { BrokerState } from '../broker-state.ts'
import { logDirOf } from './35-describe-log-dirs.ts'
import { handler } from './handler.ts'

type Request = RequestOf<typeof alterReplicaLogDirs>

/** Everything is in the one directory that there is. */
const errorOf = (broker: BrokerState, path: string, topic: string, partition: number): number => {
  if (path !== logDirOf(broker)) return errorCodes.LOG_DIR_NOT_FOUND
  return broker.topics.log(topic, partition) === undefined ? errorCodes.UNKNOWN_TOPIC_OR_PARTITION : errorCodes.NONE
}

const answer = ({ dirs }: Request, error: (path: string, topic: string, partition: number) => number) => ({
  results: dirs.flatMap(({ path, topics }) => topics.map(({ name, partitions }) => ({
    topicName: name, partitions: partitions.map((partitionIndex) => ({ partitionIndex, errorCode: error(path, name, partitionIndex) })),
  }))),
})

export const alterReplicaLogDirsHandler = handler<typeof alterReplicaLogDirs>({
  api: alterReplicaLogDirs,
  handle: (request, { broker }) => answer(request, (path, topic, partition) => errorOf(broker, path, topic, partition)),
  fail: (request, errorCode) => answer(request, () => errorCode),
})
