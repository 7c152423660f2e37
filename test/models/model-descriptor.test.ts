import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { decodeModelDescriptor, encodeModelDescriptor, ModelError, modelDescriptorSerde } from '../../lib/models/index.ts'
import type { ModelDescriptor } from '../../lib/models/index.ts'

const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof ModelError) return error.code
    throw error
  }
  return 'nothing thrown'
}

const published = protobuf.parse(readFileSync('proto/model-descriptor.proto', 'utf8'), { keepCase: true }).root.lookupType('ModelDescriptor')
const valid: ModelDescriptor = { name: 'm', description: 'd', dataType: 'wine', modelType: 'PMML', data: Uint8Array.of(1, 2, 3) }

const content = fc.oneof(
  fc.record({ data: fc.uint8Array({ minLength: 1, maxLength: 200 }) }),
  fc.record({ location: fc.string({ minLength: 1 }) }))

const descriptors: fc.Arbitrary<ModelDescriptor> = fc.tuple(
  fc.record({ name: fc.string({ minLength: 1 }), description: fc.string(), dataType: fc.string({ minLength: 1 }), modelType: fc.constantFrom('PMML', 'TENSORFLOW') }),
  content).map(([head, body]) => ({ ...head, ...body }))

test('a model descriptor should be the same after encoding and decoding', () => {
  fc.assert(fc.property(descriptors, (descriptor) => {
    expect(decodeModelDescriptor(encodeModelDescriptor(descriptor))).toEqual(descriptor)
  }))
})

test('a model descriptor should have the bytes that the published .proto file says', () => {
  fc.assert(fc.property(descriptors, (descriptor) => {
    const read = published.toObject(published.decode(encodeModelDescriptor(descriptor)), { enums: String, defaults: true })
    expect(read).toMatchObject({ name: descriptor.name, description: descriptor.description, dataType: descriptor.dataType, modeltype: descriptor.modelType })
    expect(read.MessageContent ?? Object.keys(read)).toBeDefined()
  }))
})

test('decoding should never throw anything but a ModelError, whatever the bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    try {
      decodeModelDescriptor(bytes)
    } catch (error) {
      expect(error).toBeInstanceOf(ModelError)
    }
  }))
})

test('the data of a decoded descriptor should not change when the bytes are reused', () => {
  const bytes = encodeModelDescriptor(valid)
  const { data } = decodeModelDescriptor(bytes)
  bytes.fill(0)
  expect(data).toEqual(Uint8Array.of(1, 2, 3))
})

test.each([
  ['no name', { ...valid, name: '' }, 'MILLRACE_MODEL_DESCRIPTOR_INVALID'],
  ['no data type', { ...valid, dataType: '' }, 'MILLRACE_MODEL_DESCRIPTOR_INVALID'],
  ['no content', { ...valid, data: undefined }, 'MILLRACE_MODEL_DESCRIPTOR_INVALID'],
  ['both contents', { ...valid, location: '/x' }, 'MILLRACE_MODEL_DESCRIPTOR_INVALID'],
  ['empty data', { ...valid, data: new Uint8Array(0) }, 'MILLRACE_MODEL_CONTENT_EMPTY'],
  ['an empty location', { ...valid, data: undefined, location: '' }, 'MILLRACE_MODEL_CONTENT_EMPTY'],
  ['an unknown type', { ...valid, modelType: 'CRYSTAL_BALL' }, 'MILLRACE_MODEL_TYPE_UNKNOWN'],
])('a descriptor with %s should be refused by name', (_what, descriptor, code) => {
  expect(codeOf(() => encodeModelDescriptor(descriptor))).toBe(code)
})

test.each([
  ['no bytes', Buffer.alloc(0), 'MILLRACE_MODEL_DESCRIPTOR_INVALID'],
  ['truncated bytes', encodeModelDescriptor(valid).subarray(0, -2), 'MILLRACE_MODEL_DESCRIPTOR_INVALID'],
  ['a type that has no name', Buffer.from(published.encode({ name: 'm', dataType: 'wine', modeltype: 99, data: Buffer.from('x') }).finish()), 'MILLRACE_MODEL_TYPE_UNKNOWN'],
  ['data of 0 bytes', Buffer.from(published.encode({ name: 'm', dataType: 'wine', modeltype: 1, data: Buffer.alloc(0) }).finish()), 'MILLRACE_MODEL_CONTENT_EMPTY'],
  ['text', Buffer.from('hello, world'), 'MILLRACE_MODEL_DESCRIPTOR_INVALID'],
])('decoding %s should name the reason', (_what, bytes, code) => {
  expect(codeOf(() => decodeModelDescriptor(bytes))).toBe(code)
})

test('the serde should pass nothing through as nothing', () => {
  expect(modelDescriptorSerde.serializer.serialize('t', undefined)).toBeUndefined()
  expect(modelDescriptorSerde.deserializer.deserialize('t', undefined)).toBeUndefined()
})
