import type { ApiDefinition } from '../schema.ts'

/** Deletes what lies before an offset; -1 means the high watermark. */
export const deleteRecords = {
  key: 21,
  name: 'DeleteRecords',
  versions: '0-2',
  flexible: '2+',
  request: {
    topics: { arrayOf: { name: 'string', partitions: { arrayOf: { partitionIndex: 'int32', offset: 'int64' } } } },
    timeoutMs: 'int32',
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    topics: {
      arrayOf: {
        name: 'string',
        partitions: { arrayOf: { partitionIndex: 'int32', lowWatermark: 'int64', errorCode: 'int16' } },
      },
    },
  },
} as const satisfies ApiDefinition
