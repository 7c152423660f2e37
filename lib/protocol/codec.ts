import { compileDecoder } from './decoder.ts'
import type { Decode } from './decoder.ts'
import { compileEncoder } from './encoder.ts'
import type { Encode } from './encoder.ts'
import { fieldShapes } from './field-shape.ts'
import { DeferredBytes, MessageWriter } from './message-writer.ts'
import type { FramePiece } from './message-writer.ts'
import { ProtocolError, unencodable } from './protocol-error.ts'
import { ProtocolReader } from './reader.ts'
import type { ApiDefinition, Fields, RequestInput, RequestOf, ResponseInput, ResponseOf } from './schema.ts'
import { inVersions, parseVersions } from './versions.ts'

export interface BodyCodec {
  readonly encode: Encode
  readonly decode: Decode
}

interface ApiCodec {
  readonly flexible: boolean
  readonly request: BodyCodec
  readonly response: BodyCodec
}

/** A pair made on first use: most programs use one version of each message, and one side of it. */
export const bodyCodec = (fields: Fields, version: number, flexible: boolean): BodyCodec => {
  let encode: Encode | undefined
  let decode: Decode | undefined
  return {
    get encode() {
      return (encode ??= compileEncoder(fieldShapes(fields, version), flexible))
    },
    get decode() {
      return (decode ??= compileDecoder(fieldShapes(fields, version), flexible))
    },
  }
}

const codecs = new WeakMap<ApiDefinition, ApiCodec[]>()

const codecOf = (api: ApiDefinition, version: number): ApiCodec => {
  let versions = codecs.get(api)
  if (versions === undefined) codecs.set(api, (versions = []))
  return (versions[version] ??= compile(api, version))
}

const compile = (api: ApiDefinition, version: number): ApiCodec => {
  const { min, max } = parseVersions(api.versions)
  if (!Number.isInteger(version) || version < min || version > max) {
    throw new ProtocolError('MILLRACE_PROTOCOL_UNSUPPORTED_VERSION', `${api.name} has versions ${min} to ${max}, not ${version}`)
  }
  const flexible = inVersions(api.flexible, version)
  return { flexible, request: bodyCodec(api.request, version, flexible), response: bodyCodec(api.response, version, flexible) }
}

/** Compact lengths and tagged fields, in the body and in the headers (request header 2, response header 1). */
export const isFlexible = (api: ApiDefinition, version: number): boolean => inVersions(api.flexible, version)

const scratch = new MessageWriter()

const buffered = (piece: FramePiece): Buffer => {
  if (piece instanceof DeferredBytes) throw unencodable('its bytes must be there when it is encoded')
  return piece
}

export interface RequestHeader {
  readonly correlationId: number
  readonly clientId?: string | undefined
}

/** A whole request, size first, as buffers to write to the socket in order. Record bytes are not copied. */
export const encodeRequest = <A extends ApiDefinition>(api: A, version: number, header: RequestHeader, body: RequestInput<A>): Buffer[] => {
  const { flexible, request } = codecOf(api, version)
  scratch.begin()
  scratch.writeInt16(api.key)
  scratch.writeInt16(version)
  scratch.writeInt32(header.correlationId)
  if (header.clientId === undefined) {
    scratch.writeInt16(-1)
  } else {
    scratch.writeInt16(Buffer.byteLength(header.clientId))
    scratch.writeUtf8(header.clientId)
  }
  if (flexible) scratch.writeByte(0)
  request.encode(scratch, body)
  return scratch.finish().map(buffered)
}

/** A whole response, size first, as buffers to write to the socket in order. Record bytes are not copied. */
export const encodeResponse = <A extends ApiDefinition>(api: A, version: number, correlationId: number, body: ResponseInput<A>): Buffer[] =>
  encodeResponseFrame(api, version, correlationId, body).map(buffered)

/** The same for those who can wait for some of its bytes. */
export const encodeResponseFrame = <A extends ApiDefinition>(api: A, version: number, correlationId: number, body: ResponseInput<A>): FramePiece[] => {
  const { flexible, response } = codecOf(api, version)
  scratch.begin()
  scratch.writeInt32(correlationId)
  if (flexible && !api.plainResponseHeader) scratch.writeByte(0)
  response.encode(scratch, body)
  return scratch.finish()
}

/**
 * The body of a request, from a reader that stands behind its header.
 * @throws {ProtocolError} MILLRACE_PROTOCOL_MALFORMED, MILLRACE_PROTOCOL_UNSUPPORTED_VERSION
 */
export const decodeRequest = <A extends ApiDefinition>(api: A, version: number, reader: ProtocolReader): RequestOf<A> =>
  decodeBody(codecOf(api, version).request, reader, () => `${api.name} v${version} request`) as RequestOf<A>

/**
 * The body of a response from its frame, which begins with the correlation id (no size). Byte and record fields are views
 * of the frame.
 * @throws {ProtocolError} MILLRACE_PROTOCOL_MALFORMED, MILLRACE_PROTOCOL_UNSUPPORTED_VERSION
 */
export const decodeResponse = <A extends ApiDefinition>(api: A, version: number, frame: Buffer): ResponseOf<A> => {
  const { flexible, response } = codecOf(api, version)
  const reader = new ProtocolReader(frame)
  reader.skip(4)
  if (flexible && !api.plainResponseHeader) reader.skipTaggedFields()
  return decodeBody(response, reader, () => `${api.name} v${version} response`) as ResponseOf<A>
}

const decodeBody = (codec: BodyCodec, reader: ProtocolReader, what: () => string): unknown => {
  try {
    return codec.decode(reader)
  } catch (error) {
    if (error instanceof ProtocolError) throw new ProtocolError(error.code, `${what()}: ${error.message}`, { cause: error })
    throw error
  }
}
