import { decodeResponse } from '../codec.ts'
import { ProtocolReader } from '../reader.ts'
import type { ApiDefinition, ResponseOf } from '../schema.ts'

const featureRange = { name: 'string', minVersion: 'int16', maxVersion: 'int16' } as const

/** Versions: 3 client name, features in tags; 4 features whose minimum is 0. The answer's header is 0 in all of them. */
export const apiVersions = {
  key: 18,
  name: 'ApiVersions',
  versions: '0-4',
  flexible: '3+',
  plainResponseHeader: true,
  request: {
    clientSoftwareName: { type: 'string', versions: '3+' },
    clientSoftwareVersion: { type: 'string', versions: '3+' },
  },
  response: {
    errorCode: 'int16',
    apiKeys: { arrayOf: { apiKey: 'int16', minVersion: 'int16', maxVersion: 'int16' } },
    throttleTimeMs: { type: 'int32', versions: '1+' },
    supportedFeatures: { arrayOf: featureRange, versions: '3+', tag: 0 },
    finalizedFeaturesEpoch: { type: 'int64', versions: '3+', tag: 1, default: -1 },
    finalizedFeatures: {
      arrayOf: { name: 'string', maxVersionLevel: 'int16', minVersionLevel: 'int16' },
      versions: '3+',
      tag: 2,
    },
    zkMigrationReady: { type: 'boolean', versions: '3+', tag: 3 },
  },
} as const satisfies ApiDefinition

const UNSUPPORTED_VERSION = 35

/**
 * The answer to an ApiVersions request of that version. A broker too old for the version answers in layout 0 with error 35
 * and the range it has for key 18: this decodes both.
 * @throws {ProtocolError} MILLRACE_PROTOCOL_MALFORMED
 */
export const decodeApiVersionsResponse = (version: number, frame: Buffer): ResponseOf<typeof apiVersions> => {
  const reader = new ProtocolReader(frame)
  reader.skip(4)
  return decodeResponse(apiVersions, reader.int16() === UNSUPPORTED_VERSION ? 0 : version, frame)
}
