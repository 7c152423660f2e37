import { readFileSync } from 'node:fs'
import path from 'node:path'
import { decodeRequest, decodeRequestHeader, decodeResponse, definitions, encodeRequest, encodeResponse } from '../../lib/protocol/index.ts'
import type { ApiDefinition, RequestInput, ResponseInput } from '../../lib/protocol/index.ts'

/**
 * Frames that went over a socket between real clients (kafka-clients 4.3.1, kafkajs 2.2.4) and Apache Kafka 4.3.1: requests
 * as the clients sent them, answers as the broker gave them.
 */
interface CapturedFrame {
  api: string
  version: number
  side: 'request' | 'response'
  from: string
  hex: string
}

const frames = readFileSync(path.join(__dirname, 'fixtures/captured-frames.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as CapturedFrame)

const byName = new Map([...definitions.values()].map((api) => [api.name, api]))

const requestAgain = (api: ApiDefinition, frame: Buffer): Buffer[] => {
  const { apiVersion, correlationId, clientId, reader } = decodeRequestHeader(frame, api)
  const body = decodeRequest(api, apiVersion, reader)
  expect(reader.remaining).toBe(0)
  return encodeRequest(api, apiVersion, { correlationId, clientId }, body as RequestInput<ApiDefinition>)
}

const responseAgain = (api: ApiDefinition, version: number, frame: Buffer): Buffer[] =>
  encodeResponse(api, version, frame.readInt32BE(0), decodeResponse(api, version, frame) as ResponseInput<ApiDefinition>)

test.each(frames.map((frame) => [frame.api, frame.version, frame.side, frame.from, frame.hex] as const))(
  '%s v%i %s from %s should be decoded, and encoded to the same bytes again',
  (name, version, side, _from, hex) => {
    const api = byName.get(name)!
    const frame = Buffer.from(hex, 'hex')
    const again = side === 'request' ? requestAgain(api, frame) : responseAgain(api, version, frame)
    expect(Buffer.concat(again).subarray(4).toString('hex')).toBe(hex)
  },
)

test('captured frames should be of every message but SaslAuthenticate and those of admins alone and of share groups', () => {
  const missing = [...byName.keys()].filter((name) => !frames.some(({ api }) => api === name))
  expect(missing).toEqual([
    'WriteTxnMarkers', 'AlterReplicaLogDirs', 'DescribeLogDirs', 'SaslAuthenticate', 'ElectLeaders', 'AlterPartitionReassignments', 'ListPartitionReassignments',
    'DescribeClientQuotas', 'AlterClientQuotas', 'DescribeQuorum', 'UpdateFeatures', 'ListConfigResources',
    'ShareGroupHeartbeat', 'ShareGroupDescribe', 'ShareFetch', 'ShareAcknowledge', 'DescribeShareGroupOffsets', 'AlterShareGroupOffsets', 'DeleteShareGroupOffsets',
  ])
})
