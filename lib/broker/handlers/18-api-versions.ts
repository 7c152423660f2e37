import { apiVersions } from '../../protocol/messages/18-api-versions.ts'
import { encodeResponse } from '../../protocol/codec.ts'
import { parseVersions } from '../../protocol/versions.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import type { AnyHandler } from './handler.ts'
import { handler } from './handler.ts'

/** An api and the versions of it that clients may use. */
export interface AdvertisedApi {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

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

const NAMED_SINCE = 3
/** Older clients cannot read of features that may be off. */
const ANY_MINIMUM_SINCE = 4
/** What clients may call themselves (KIP-511). */
const NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$/

/** Tells what this broker can do: exactly these apis, and which levels of Kafka's features are in force. */
export const apiVersionsHandler = (apiKeys: readonly AdvertisedApi[]): AnyHandler =>
  handler<typeof apiVersions>({
    api: apiVersions,
    handle: ({ clientSoftwareName, clientSoftwareVersion }, { apiVersion, broker: { features } }) => {
      if (apiVersion >= NAMED_SINCE && !(NAME.test(clientSoftwareName) && NAME.test(clientSoftwareVersion))) return { errorCode: errorCodes.INVALID_REQUEST, apiKeys: [] }
      return {
        errorCode: errorCodes.NONE,
        apiKeys,
        supportedFeatures: apiVersion >= ANY_MINIMUM_SINCE ? features.supported : features.supported.filter(({ minVersion }) => minVersion > 0),
        finalizedFeaturesEpoch: features.epoch,
        finalizedFeatures: features.finalized,
      }
    },
    fail: (_request, errorCode) => ({ errorCode, apiKeys: [] }),
  })
