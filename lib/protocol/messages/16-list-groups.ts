import type { ApiDefinition } from '../schema.ts'

/** Versions: 4 states, 5 types; empty filters let everything pass. */
export const listGroups = {
  key: 16,
  name: 'ListGroups',
  versions: '0-5',
  flexible: '3+',
  request: {
    statesFilter: { arrayOf: 'string', versions: '4+' },
    typesFilter: { arrayOf: 'string', versions: '5+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', versions: '1+' },
    errorCode: 'int16',
    groups: {
      arrayOf: {
        groupId: 'string',
        protocolType: 'string',
        groupState: { type: 'string', versions: '4+' },
        groupType: { type: 'string', versions: '5+' },
      },
    },
  },
} as const satisfies ApiDefinition
