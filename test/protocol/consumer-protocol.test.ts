import fc from 'fast-check'
import {
  decodeConsumerAssignment,
  decodeConsumerSubscription,
  encodeConsumerAssignment,
  encodeConsumerSubscription,
  ProtocolError,
} from '../../lib/protocol/index.ts'

const full = { topics: ['a', 'b'], userData: Buffer.from('u'), ownedPartitions: [{ topic: 'a', partitions: [0, 2] }], generationId: 4, rackId: 'r' }

test.each([
  [0, { ownedPartitions: [], generationId: -1, rackId: undefined }],
  [1, { generationId: -1, rackId: undefined }],
  [2, { rackId: undefined }],
  [3, {}],
])('subscription in version %i should keep the fields that the version has', (version, defaults) => {
  const bytes = encodeConsumerSubscription(full, version)
  expect(bytes.readInt16BE(0)).toBe(version)
  expect(decodeConsumerSubscription(bytes)).toEqual({ ...full, ...defaults })
})

test('subscription of a version newer than ours should be read as far as we know it', () => {
  const bytes = Buffer.concat([encodeConsumerSubscription(full), Buffer.from('ffff', 'hex')])
  bytes.writeInt16BE(9, 0)
  expect(decodeConsumerSubscription(bytes)).toEqual(full)
})

test('assignment should come back as it went', () => {
  const assignment = { assignedPartitions: [{ topic: 't', partitions: [1] }], userData: undefined }
  expect(decodeConsumerAssignment(encodeConsumerAssignment(assignment, 0))).toEqual(assignment)
})

test('assignment without bytes should be empty', () => {
  expect(decodeConsumerAssignment(Buffer.alloc(0))).toEqual({ assignedPartitions: [], userData: undefined })
})

test('decoders should throw a ProtocolError or return for any bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
    for (const decode of [decodeConsumerSubscription, decodeConsumerAssignment]) {
      try {
        decode(Buffer.from(bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError)
      }
    }
  }))
})
