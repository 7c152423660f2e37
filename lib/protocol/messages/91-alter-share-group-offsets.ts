import type { ApiDefinition } from '../schema.ts'
/** Has a share group without members begin elsewhere. */
export const alterShareGroupOffsets = {
  key: 91,
  name: 'AlterShareGroupOffsets',
  versions: '0',
  flexible: '0+',
  request: {
    groupId: 'string',
    topics: { arrayOf: { topicName: 'string', partitions: { arrayOf: { partitionIndex: 'int32', startOffset: 'int64' } } } },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    responses: {
      arrayOf: {
        topicName: 'string',
        topicId: 'uuid',
        partitions: { arrayOf: { partitionIndex: 'int32', errorCode: 'int16', errorMessage: { type: 'string', nullable: '0+' } } },
      },
    },
  },
} as const satisfies ApiDefinition
