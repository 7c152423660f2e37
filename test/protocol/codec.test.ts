import fc from 'fast-check'
import {
  apiVersions,
  createTopics,
  decodeApiVersionsResponse,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  definitions,
  encodeRequest,
  encodeResponse,
  fetch,
  metadata,
  offsetFetch,
  parseVersions,
  produce,
  ProtocolError,
  ProtocolReader,
} from '../../lib/protocol/index.ts'
import type { ApiDefinition, RequestInput, ResponseInput } from '../../lib/protocol/index.ts'
import { isFlexible } from '../../lib/protocol/codec.ts'
import { arbitraryBody } from './arbitrary-body.ts'

const everyVersion = [...definitions.values()].flatMap((api) => {
  const { min, max } = parseVersions(api.versions)
  return Array.from({ length: max - min + 1 }, (_, i) => [api.name, min + i, api] as const)
})

/** A frame without its size. */
const frameOf = (pieces: Buffer[]): Buffer => {
  const whole = Buffer.concat(pieces)
  expect(whole.readInt32BE(0)).toBe(whole.length - 4)
  return whole.subarray(4)
}

const request = (api: ApiDefinition, version: number, body: object): Buffer =>
  frameOf(encodeRequest(api, version, { correlationId: 7, clientId: 'me' }, body as RequestInput<ApiDefinition>))

const response = (api: ApiDefinition, version: number, body: object): Buffer =>
  frameOf(encodeResponse(api, version, 7, body as ResponseInput<ApiDefinition>))

describe.each(everyVersion)('%s v%i', (_name, version, api) => {
  test('request should come back as it went, with its header', () => {
    fc.assert(fc.property(arbitraryBody(api.request, version), (body) => {
      const header = decodeRequestHeader(request(api, version, body), api)
      expect(header).toMatchObject({ apiKey: api.key, apiVersion: version, correlationId: 7, clientId: 'me' })
      expect(decodeRequest(api, version, header.reader)).toEqual(body)
      expect(header.reader.remaining).toBe(0)
    }), { numRuns: 15 })
  })

  test('response should come back as it went', () => {
    fc.assert(fc.property(arbitraryBody(api.response, version), (body) => {
      expect(decodeResponse(api, version, response(api, version, body))).toEqual(body)
    }), { numRuns: 15 })
  })

  test('decoders should throw a ProtocolError or return when bytes are damaged or missing', () => {
    const damage = fc.tuple(arbitraryBody(api.request, version), arbitraryBody(api.response, version), fc.nat(), fc.nat({ max: 255 }), fc.nat())
    fc.assert(fc.property(damage, ([requestBody, responseBody, place, byte, cut]) => {
      for (const [frame, decode] of [
        [request(api, version, requestBody), (bytes: Buffer) => decodeRequest(api, version, decodeRequestHeader(bytes, api).reader)],
        [response(api, version, responseBody), (bytes: Buffer) => decodeResponse(api, version, bytes)],
      ] as const) {
        const damaged = Buffer.from(frame)
        damaged[place % damaged.length] = byte
        orProtocolError(() => decode(damaged))
        orProtocolError(() => decode(frame.subarray(0, cut % frame.length)))
      }
    }), { numRuns: 15 })
  })
})

const orProtocolError = (action: () => unknown): void => {
  try {
    action()
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError)
  }
}

describe('decoding', () => {
  test('should throw a ProtocolError or return for any bytes at all', () => {
    fc.assert(fc.property(fc.constantFrom(...everyVersion), fc.uint8Array({ maxLength: 300 }), ([, version, api], bytes) => {
      orProtocolError(() => decodeResponse(api, version, Buffer.from(bytes)))
      orProtocolError(() => decodeRequest(api, version, new ProtocolReader(Buffer.from(bytes))))
    }), { numRuns: 2000 })
  })

  test('should refuse an array that claims more elements than the frame can hold, before it makes room for them', () => {
    const frame = Buffer.from('00000007' + '00000000' + '7fffffff', 'hex')
    expect(() => decodeResponse(metadata, 4, frame)).toThrow(/Metadata v4 response: an array of 2147483647 cannot be in the 0 bytes left/)
  })

  test('should refuse null where the version has none', () => {
    const frame = Buffer.from('00000007' + '00000000' + 'ffffffff', 'hex')
    expect(() => decodeResponse(metadata, 4, frame)).toThrow(/'brokers' is null/)
  })

  test('should skip tagged fields it does not know', () => {
    const plain = response(apiVersions, 3, { errorCode: 0, apiKeys: [] })
    const unknownTag = Buffer.concat([plain.subarray(0, plain.length - 1), Buffer.from([1, 99, 3, 1, 2, 3])])
    expect(decodeResponse(apiVersions, 3, unknownTag)).toEqual(decodeResponse(apiVersions, 3, plain))
  })

  test('should refuse a tagged field whose size is not that of its content', () => {
    const plain = response(apiVersions, 3, { errorCode: 0, apiKeys: [] })
    const wrong = Buffer.concat([plain.subarray(0, plain.length - 1), Buffer.from([1, 1, 9, 0, 0, 0, 0, 0, 0, 0, 5, 0])])
    expect(() => decodeResponse(apiVersions, 3, wrong)).toThrow(/'finalizedFeaturesEpoch' ends at/)
  })

  test('should give fields that the version does not have their defaults', () => {
    const decoded = decodeResponse(metadata, 0, response(metadata, 0, { brokers: [], topics: [] }))
    expect(decoded).toMatchObject({ throttleTimeMs: 0, controllerId: -1, clusterId: undefined, clusterAuthorizedOperations: -2147483648 })
  })

  test('should read an ApiVersions answer in layout 0 when the broker does not have the version', () => {
    const refusal = response(apiVersions, 0, { errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 3 }] })
    expect(decodeApiVersionsResponse(4, refusal)).toMatchObject({ errorCode: 35, apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 3 }] })
  })

  test('should still read the header of a request whose key or version it does not have', () => {
    const unknownKey = Buffer.from('03e7' + '0002' + '00000009' + 'ffff', 'hex')
    expect(decodeRequestHeader(unknownKey, undefined)).toMatchObject({ apiKey: 999, apiVersion: 2, correlationId: 9, clientId: undefined })
    const unknownVersion = Buffer.from('0012' + '0063' + '00000009' + '000161', 'hex')
    expect(decodeRequestHeader(unknownVersion, apiVersions)).toMatchObject({ apiKey: 18, apiVersion: 99, correlationId: 9, clientId: 'a' })
  })
})

describe('encoding', () => {
  test('should refuse a version that the message does not have', () => {
    expect(() => encodeRequest(produce, 2, { correlationId: 1 }, { acks: 1, timeoutMs: 1, topicData: [] })).toThrow(/Produce has versions 3 to 13, not 2/)
  })

  test('should put record bytes into the list of buffers without copying them', () => {
    const batches = [Buffer.from('first'), Buffer.from('second')]
    const pieces = encodeRequest(produce, 9, { correlationId: 1 }, {
      acks: 1,
      timeoutMs: 1,
      topicData: [{ name: 't', partitionData: [{ index: 0, records: batches }, { index: 1, records: batches[0] }] }],
    })
    expect(pieces.filter((piece) => batches.some((batch) => batch.buffer === piece.buffer && batch.byteOffset === piece.byteOffset))).toHaveLength(3)
    const decoded = decodeRequest(produce, 9, decodeRequestHeader(frameOf(pieces), produce).reader)
    expect(decoded.topicData[0]!.partitionData.map(({ records }) => records?.toString())).toEqual(['firstsecond', 'first'])
  })

  test('should write no more than the tags that differ from their defaults', () => {
    const body = { responses: [{ topic: 't', partitions: [{ partitionIndex: 0, errorCode: 0, highWatermark: 1 }] }] }
    const withDefaults = { responses: [{ topic: 't', partitions: [{ ...body.responses[0]!.partitions[0]!, currentLeader: { leaderId: -1, leaderEpoch: -1 } }] }] }
    expect(response(fetch, 12, withDefaults)).toEqual(response(fetch, 12, body))
    expect(response(fetch, 12, { responses: [{ topic: 't', partitions: [{ ...body.responses[0]!.partitions[0]!, currentLeader: { leaderId: 1, leaderEpoch: 5 } }] }] })).not.toEqual(
      response(fetch, 12, body),
    )
  })

  test('should take undefined for null where a field is nullable', () => {
    const all = decodeRequest(metadata, 9, decodeRequestHeader(request(metadata, 9, {}), metadata).reader)
    expect(all).toMatchObject({ topics: undefined, allowAutoTopicCreation: true })
    const none = decodeRequest(offsetFetch, 1, decodeRequestHeader(request(offsetFetch, 1, { groupId: 'g' }), offsetFetch).reader)
    expect(none.topics).toEqual([])
  })

  test('should refuse what the wire cannot hold', () => {
    const topic = { name: 'n'.repeat(40000), numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
    expect(() => encodeRequest(createTopics, 2, { correlationId: 1 }, { topics: [topic] })).toThrow(/a string of 40000 bytes/)
    expect(() => encodeRequest(metadata, 12, { correlationId: 1 }, { topics: [{ topicId: 'short' }] })).toThrow(/no uuid/)
  })

  test('should leave nothing behind in the next message when one could not be encoded', () => {
    const good = request(metadata, 12, { topics: [{ name: 't' }] })
    expect(() => request(metadata, 12, { topics: [{ name: 't', topicId: 'short' }] })).toThrow(ProtocolError)
    expect(request(metadata, 12, { topics: [{ name: 't' }] })).toEqual(good)
  })

  test('should know the flexible versions', () => {
    expect([isFlexible(produce, 8), isFlexible(produce, 9)]).toEqual([false, true])
  })
})
