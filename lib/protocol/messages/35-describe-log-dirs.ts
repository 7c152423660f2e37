import type { ApiDefinition } from '../schema.ts'
/** How much of which partitions lies in which directory. No topics (null): all. Versions: 3 error at the top, 4 sizes of the volume. */
export const describeLogDirs = {
  key: 35,
  name: 'DescribeLogDirs',
  versions: '1-5',
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
        /** Takes no new partitions. */
        isCordoned: { type: 'boolean', versions: '5+' },
      },
    },
  },
} as const satisfies ApiDefinition
