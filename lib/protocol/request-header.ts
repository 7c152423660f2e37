import { isFlexible } from './codec.ts'
import { ProtocolReader } from './reader.ts'
import type { ApiDefinition } from './schema.ts'
import { inVersions } from './versions.ts'

export interface DecodedRequestHeader {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | undefined
  /** Stands behind the header, before the body; meaningful only when the api is known and has that version. */
  readonly reader: ProtocolReader
}

/**
 * The header of a request frame (without its size), whose first two bytes are the api's key. Works without the api, and for
 * versions that it does not have, so that a server can still answer them.
 * @throws {ProtocolError} MILLRACE_PROTOCOL_MALFORMED
 */
export const decodeRequestHeader = (frame: Buffer, api: ApiDefinition | undefined): DecodedRequestHeader => {
  const reader = new ProtocolReader(frame)
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const correlationId = reader.int32()
  const clientId = reader.string(false)
  if (api !== undefined && inVersions(api.versions, apiVersion) && isFlexible(api, apiVersion)) reader.skipTaggedFields()
  return { apiKey, apiVersion, correlationId, clientId, reader }
}
