import type { ApiDefinition } from '../schema.ts'

/** Forgets a group's offsets of topics that no member is subscribed to. */
export const offsetDelete = {
  key: 47,
  name: 'OffsetDelete',
  versions: '0',
  request: {
    groupId: 'string',
    topics: { arrayOf: { name: 'string', partitions: { arrayOf: { partitionIndex: 'int32' } } } },
  },
  response: {
    errorCode: 'int16',
    throttleTimeMs: { type: 'int32', default: 0 },
    topics: { arrayOf: { name: 'string', partitions: { arrayOf: { partitionIndex: 'int32', errorCode: 'int16' } } } },
  },
} as const satisfies ApiDefinition
