import { ModelError, messageOf } from './errors.ts'
import { protoRoot } from './proto-types.ts'

/** Kinds of models by their number in the protobuf enum; the names are what {@link ModelDescriptor.modelType} holds. */
const typeNumbers: Readonly<Record<string, number>> = { TENSORFLOW: 0, PMML: 1 }
const typeNames = new Map(Object.entries(typeNumbers).map(([name, number]) => [number, name]))

/** A model as it travels: what it is, and either its bytes (`data`) or where they are (`location`). */
export interface ModelDescriptor {
  readonly name: string
  readonly description: string
  /** The type of records the model scores, for example `wine`. */
  readonly dataType: string
  /** `PMML`, `TENSORFLOW`, … */
  readonly modelType: string
  /** The model itself; exactly one of `data` and `location` is present. */
  readonly data?: Uint8Array
  /** A file path, a `file:` URL or an `http(s):` URL. */
  readonly location?: string
}

interface Wire { name: string, description: string, dataType: string, modeltype: number, data: Uint8Array, location: string, MessageContent?: string }

const message = protoRoot.lookupType('ModelDescriptor')
const malformed = (why: string, cause?: unknown): ModelError =>
  new ModelError('MILLRACE_MODEL_DESCRIPTOR_INVALID', `not a model descriptor: ${why}`, { cause })

/**
 * Checks what the types cannot say.
 * @throws {ModelError} `MILLRACE_MODEL_DESCRIPTOR_INVALID`, `MILLRACE_MODEL_TYPE_UNKNOWN` or `MILLRACE_MODEL_CONTENT_EMPTY`
 */
export const validateModelDescriptor = (descriptor: ModelDescriptor): ModelDescriptor => {
  const { name, dataType, modelType, data, location } = descriptor
  if (typeof name !== 'string' || name === '') throw malformed('it has no name; set field 1, name')
  if (typeof dataType !== 'string' || dataType === '') throw malformed(`model '${name}' has no data type; set field 3, dataType`)
  if (typeof modelType !== 'string' || modelType === '') throw malformed(`model '${name}' has no model type; set field 4, modeltype`)
  if (data !== undefined && location !== undefined) throw malformed(`model '${name}' has both data and location; set one of them`)
  if (data === undefined && location === undefined) throw malformed(`model '${name}' has neither data nor location; set one of them`)
  if (data !== undefined && data.byteLength === 0) throw new ModelError('MILLRACE_MODEL_CONTENT_EMPTY', `model '${name}' came with 0 bytes of data`)
  if (location === '') throw new ModelError('MILLRACE_MODEL_CONTENT_EMPTY', `model '${name}' came with an empty location`)
  return descriptor
}

/**
 * The protobuf bytes of a descriptor.
 * @throws {ModelError} when it is not valid, or its model type has no number in the protobuf message
 */
export const encodeModelDescriptor = (descriptor: ModelDescriptor): Buffer => {
  const { name, description, dataType, modelType, data, location } = validateModelDescriptor(descriptor)
  const modeltype = typeNumbers[modelType]
  if (modeltype === undefined) {
    throw new ModelError('MILLRACE_MODEL_TYPE_UNKNOWN', `model type ${modelType} cannot be sent; known are ${Object.keys(typeNumbers).join(', ')}`)
  }
  const content = data === undefined ? { location } : { data }
  const bytes = message.encode(message.create({ name, description, dataType, modeltype, ...content })).finish()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/**
 * A descriptor from its protobuf bytes, checked. The data is copied: the bytes may be reused.
 * @throws {ModelError} with the reason when the bytes are no descriptor or lack something
 */
export const decodeModelDescriptor = (bytes: Uint8Array): ModelDescriptor => {
  if (bytes.byteLength === 0) throw malformed('0 bytes')
  let wire: Wire
  try {
    wire = message.decode(bytes) as unknown as Wire
  } catch (cause) {
    throw malformed(messageOf(cause), cause)
  }
  const modelType = typeNames.get(wire.modeltype)
  if (modelType === undefined) {
    throw new ModelError('MILLRACE_MODEL_TYPE_UNKNOWN',
      `model '${wire.name}' is of type number ${wire.modeltype}; known are ${[...typeNames].map(([number, name]) => `${number} (${name})`).join(', ')}`)
  }
  const { name, description, dataType, MessageContent: content } = wire
  return validateModelDescriptor({
    name, description, dataType, modelType,
    ...(content === 'data' && { data: Uint8Array.from(wire.data) }),
    ...(content === 'location' && { location: wire.location }),
  })
}
