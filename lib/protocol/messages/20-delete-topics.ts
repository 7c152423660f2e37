import type { ApiDefinition } from '../schema.ts'

/** Up to version 5 by name; 6 by name or id. */
export const deleteTopics = {
  key: 20,
  name: 'DeleteTopics',
  versions: '1-6',
  flexible: '4+',
  request: {
    topics: {
      arrayOf: { name: { type: 'string', nullable: '6+' }, topicId: { type: 'uuid', versions: '6+' } },
      versions: '6+',
    },
    topicNames: { arrayOf: 'string', versions: '1-5' },
    timeoutMs: 'int32',
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    responses: {
      arrayOf: {
        name: { type: 'string', nullable: '6+' },
        topicId: { type: 'uuid', versions: '6+' },
        errorCode: 'int16',
        errorMessage: { type: 'string', versions: '5+', nullable: '5+' },
      },
    },
  },
} as const satisfies ApiDefinition
