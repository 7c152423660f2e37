import type { ApiDefinition } from '../schema.ts'
/** Upgrade types: 1 up, 2 down if nothing is lost, 3 down in any case. Versions: 1 upgrade types, 2 no results of single features. */
export const updateFeatures = {
  key: 57,
  name: 'UpdateFeatures',
  versions: '0-2',
  flexible: '0+',
  request: {
    timeoutMs: { type: 'int32', default: 60000 },
    featureUpdates: {
      arrayOf: {
        feature: 'string',
        maxVersionLevel: 'int16',
        allowDowngrade: { type: 'boolean', versions: '0' },
        upgradeType: { type: 'int8', versions: '1+', default: 1 },
      },
    },
    validateOnly: { type: 'boolean', versions: '1+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    results: {
      arrayOf: { feature: 'string', errorCode: 'int16', errorMessage: { type: 'string', nullable: '0+' } },
      versions: '0-1',
    },
  },
} as const satisfies ApiDefinition
