import type { ApiDefinition } from '../schema.ts'
/** Has a share group without members forget topics. */
export const deleteShareGroupOffsets = {
  key: 92,
  name: 'DeleteShareGroupOffsets',
  versions: '0',
  flexible: '0+',
  request: { groupId: 'string', topics: { arrayOf: { topicName: 'string' } } },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    responses: { arrayOf: { topicName: 'string', topicId: 'uuid', errorCode: 'int16', errorMessage: { type: 'string', nullable: '0+' } } },
  },
} as const satisfies ApiDefinition
