import type { ApiDefinition, ResponseInput } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { Topic } from '../topics/topic.ts'
import { handler } from './handler.ts'

/** How much of which partitions lies in which directory. No topics (null): all. Versions: 3 error at the top, 4 sizes of the volume. */
const describeLogDirs = {
  key: 35,
  name: 'DescribeLogDirs',
  versions: '1-4',
  flexible: '2+',
  request: {
    topics: { arrayOf: { topic: 'string', partitions: { arrayOf: 'int32' } }, nullable: '0+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: { type: 'int16', versions: '3+' },
    results: {
      arrayOf: {
        errorCode: 'int16',
        logDir: 'string',
        topics: {
          arrayOf: {
            name: 'string',
            partitions: { arrayOf: { partitionIndex: 'int32', partitionSize: 'int64', offsetLag: 'int64', isFutureKey: 'boolean' } },
          },
        },
        totalBytes: { type: 'int64', versions: '4+', default: -1 },
        usableBytes: { type: 'int64', versions: '4+', default: -1 },
      },
    },
  },
} as const satisfies ApiDefinition

type TopicAnswer = ResponseInput<typeof describeLogDirs>['results'][number]['topics'][number]

const sizes = (topic: Topic, wanted: readonly number[] | undefined): TopicAnswer => ({
  name: topic.name,
  partitions: topic.partitions
    .filter(({ partition }) => wanted === undefined || wanted.includes(partition))
    .map((log) => ({ partitionIndex: log.partition, partitionSize: log.sizeBytes, offsetLag: 0, isFutureKey: false })),
})

export const describeLogDirsHandler = handler<typeof describeLogDirs>({
  api: describeLogDirs,
  handle: (request, { broker }) => {
    const named = request.topics?.flatMap(({ topic: name, partitions }) => {
      const topic = broker.topics.get(name)
      return topic === undefined ? [] : [sizes(topic, partitions)]
    })
    const topics = named ?? [...broker.topics.all()].map((topic) => sizes(topic, undefined))
    return { errorCode: errorCodes.NONE, results: [{ errorCode: errorCodes.NONE, logDir: broker.directory ?? 'memory', topics }] }
  },
  fail: (_request, errorCode) => ({ errorCode, results: [] }),
})
