import { isFlexible } from './codec.ts'
import { definitions } from './definitions.ts'
import { ProtocolReader } from './reader.ts'
import { inVersions } from './versions.ts'

export interface DecodedRequestHeader {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | undefined
  /** Stands behind the header, before the body; meaningful only when this protocol has that key and version. */
  readonly reader: ProtocolReader
}

/**
 * The header of a request frame (without its size). Works for keys and versions that we do not know, so that a server can
 * still answer them.
 * @throws {ProtocolError} MILLRACE_PROTOCOL_MALFORMED
 */
export const decodeRequestHeader = (frame: Buffer): DecodedRequestHeader => {
  const reader = new ProtocolReader(frame)
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const correlationId = reader.int32()
  const clientId = reader.string(false)
  const api = definitions.get(apiKey)
  if (api !== undefined && inVersions(api.versions, apiVersion) && isFlexible(api, apiVersion)) reader.skipTaggedFields()
  return { apiKey, apiVersion, correlationId, clientId, reader }
}
