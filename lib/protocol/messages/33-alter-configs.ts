import type { ApiDefinition } from '../schema.ts'
import { configValue } from './common-fields.ts'

/** Replaces the whole configuration of a resource: entries left out go back to their defaults. */
export const alterConfigs = {
  key: 33,
  name: 'AlterConfigs',
  versions: '0-2',
  flexible: '2+',
  request: {
    resources: { arrayOf: { resourceType: 'int8', resourceName: 'string', configs: { arrayOf: configValue } } },
    validateOnly: 'boolean',
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    responses: {
      arrayOf: {
        errorCode: 'int16',
        errorMessage: { type: 'string', nullable: '0+' },
        resourceType: 'int8',
        resourceName: 'string',
      },
    },
  },
} as const satisfies ApiDefinition
