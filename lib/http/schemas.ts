/** JSON schemas of the answers, for the OpenAPI document. */
export const errorSchema = {
  type: 'object',
  properties: {
    code: { type: 'string', description: 'stable name of the error' },
    message: { type: 'string', description: 'what is wrong and what to do' },
  },
  required: ['code', 'message'],
} as const

export const healthSchema = {
  type: 'object',
  properties: { state: { type: 'string', description: 'state of the streams client, such as RUNNING' } },
  required: ['state'],
} as const

export const instancesSchema = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      host: { type: 'string' },
      port: { type: 'integer' },
      storeNames: { type: 'array', items: { type: 'string' } },
    },
    required: ['host', 'port', 'storeNames'],
  },
} as const
