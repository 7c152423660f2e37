import { apiVersions, encodeResponse, parseVersions } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { AnyHandler } from './handler.ts'
import { handler } from './handler.ts'

/**
 * The answer to an ApiVersions request of a version we do not have: in layout 0, which every client reads, with our range
 * of this api alone, so that the client asks again.
 */
export const unsupportedVersionAnswer = (correlationId: number): Buffer[] => {
  const { min, max } = parseVersions(apiVersions.versions)
  return encodeResponse(apiVersions, 0, correlationId, {
    errorCode: errorCodes.UNSUPPORTED_VERSION,
    apiKeys: [{ apiKey: apiVersions.key, minVersion: min, maxVersion: max }],
  })
}

/**
 * Tells what this broker can do: exactly its handlers. No features are finalised, so clients use neither transactions v2
 * nor the group protocols that depend on one.
 */
export const apiVersionsHandler = (handlers: () => Iterable<AnyHandler>): AnyHandler => {
  const ranges = (): { apiKey: number; minVersion: number; maxVersion: number }[] =>
    [...handlers()].map(({ api, advertised }) => {
      const { min, max } = parseVersions(advertised ?? api.versions)
      return { apiKey: api.key, minVersion: min, maxVersion: max }
    })
  return handler<typeof apiVersions>({
    api: apiVersions,
    handle: () => ({ errorCode: errorCodes.NONE, apiKeys: ranges(), finalizedFeaturesEpoch: 0 }),
    fail: (_request, errorCode) => ({ errorCode, apiKeys: [] }),
  })
}
