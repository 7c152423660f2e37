import type { ApiDefinition } from '../schema.ts'

/** Deletes empty groups and their offsets. */
export const deleteGroups = {
  key: 42,
  name: 'DeleteGroups',
  versions: '0-2',
  flexible: '2+',
  request: { groupsNames: { arrayOf: 'string' } },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    results: { arrayOf: { groupId: 'string', errorCode: 'int16' } },
  },
} as const satisfies ApiDefinition
