import type { ApiDefinition } from '../schema.ts'
/** Before version 1 this asked for client metrics alone. No types: all of them. */
export const listConfigResources = {
  key: 74,
  name: 'ListConfigResources',
  versions: '0-1',
  flexible: '0+',
  request: {
    resourceTypes: { arrayOf: 'int8', versions: '1+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    configResources: {
      arrayOf: { resourceName: 'string', resourceType: { type: 'int8', versions: '1+', default: 16 } },
    },
  },
} as const satisfies ApiDefinition
