import { statfsSync } from 'node:fs'
import { errorCodes } from '../../protocol/error-table.ts'
import { describeLogDirs } from '../../protocol/messages/35-describe-log-dirs.ts'
import type { ResponseInput } from '../../protocol/index.ts'
import type { BrokerState } from '../broker-state.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { Topic } from '../topics/topic.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'

type TopicAnswer = ResponseInput<typeof describeLogDirs>['results'][number]['topics'][number]

/** What clients are told of where the logs are. */
export const logDirOf = ({ directory }: BrokerState): string => directory ?? 'memory'

const sizes = (topic: Topic, wanted: readonly number[] | undefined, { nodeId }: RequestContext): TopicAnswer => ({
  name: topic.name,
  partitions: topic.partitions
    .filter(({ partition, leadership }: PartitionLog) => leadership.replicas.includes(nodeId) && (wanted === undefined || wanted.includes(partition)))
    .map((log) => ({ partitionIndex: log.partition, partitionSize: log.sizeBytes, offsetLag: 0, isFutureKey: false })),
})

/** Bytes of the volume; unknown for a broker in memory. */
const volumeOf = ({ directory }: BrokerState): { readonly totalBytes?: number; readonly usableBytes?: number } => {
  if (directory === undefined) return {}
  const { blocks, bavail, bsize } = statfsSync(directory)
  return { totalBytes: blocks * bsize, usableBytes: bavail * bsize }
}

export const describeLogDirsHandler = handler<typeof describeLogDirs>({
  api: describeLogDirs,
  handle: (request, context) => {
    const { broker } = context
    const named = request.topics?.flatMap(({ topic: name, partitions }) => {
      const topic = broker.topics.get(name)
      return topic === undefined ? [] : [sizes(topic, partitions, context)]
    })
    const topics = (named ?? [...broker.topics.all()].map((topic) => sizes(topic, undefined, context))).filter(({ partitions }) => partitions.length > 0)
    return { errorCode: errorCodes.NONE, results: [{ errorCode: errorCodes.NONE, logDir: logDirOf(broker), topics, ...volumeOf(broker) }] }
  },
  fail: (_request, errorCode) => ({ errorCode, results: [] }),
})
