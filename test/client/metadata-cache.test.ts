import { MetadataCache } from '../../lib/client/metadata-cache.ts'
import { metadata } from '../../lib/protocol/messages/03-metadata.ts'
import { decodeResponse, encodeResponse } from '../../lib/protocol/codec.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'

interface Leader {
  leaderId: number
  leaderEpoch: number
}

/** A response as it comes off the wire. */
const response = (topics: { name: string; topicId?: string; errorCode?: number; leaders?: Leader[] }[], port = 9092) => {
  const frames = encodeResponse(metadata, 12, 0, {
    brokers: [{ nodeId: 1, host: 'a', port }, { nodeId: 2, host: 'b', port: 9092 }],
    clusterId: 'c',
    controllerId: 1,
    topics: topics.map(({ name, topicId, errorCode = 0, leaders = [] }) => ({
      name,
      topicId,
      errorCode,
      partitions: leaders.map((leader, partitionIndex) => ({ errorCode: 0, partitionIndex, replicaNodes: [1, 2], isrNodes: [1, 2], ...leader })),
    })),
  })
  return decodeResponse(metadata, 12, Buffer.concat(frames).subarray(4))
}

const leaders = (...ids: number[]): Leader[] => ids.map((leaderId) => ({ leaderId, leaderEpoch: 5 }))

describe('MetadataCache', () => {
  test('should tell when a number of partitions changes, and not when it stays', () => {
    const cache = new MetadataCache()
    expect([...cache.update(response([{ name: 't', leaders: leaders(1, 2) }])).partitionCounts]).toEqual([['t', 2]])
    expect(cache.update(response([{ name: 't', leaders: leaders(2, 1) }])).partitionCounts.size).toBe(0)
    expect([...cache.update(response([{ name: 't', leaders: leaders(1, 2, 1) }])).partitionCounts]).toEqual([['t', 3]])
  })

  test('should keep the newer leader when a broker lags behind', () => {
    const cache = new MetadataCache()
    cache.update(response([{ name: 't', leaders: [{ leaderId: 2, leaderEpoch: 7 }] }]))
    cache.update(response([{ name: 't', leaders: [{ leaderId: 1, leaderEpoch: 6 }] }]))
    expect(cache.partition('t', 0)).toMatchObject({ leader: 2, leaderEpoch: 7 })
  })

  test('should take an older epoch when the topic was created anew', () => {
    const cache = new MetadataCache()
    cache.update(response([{ name: 't', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', leaders: [{ leaderId: 2, leaderEpoch: 7 }] }]))
    cache.update(response([{ name: 't', topicId: 'AAAAAAAAAAAAAAAAAAAAAg', leaders: [{ leaderId: 1, leaderEpoch: 0 }] }]))
    expect(cache.partition('t', 0)).toMatchObject({ leader: 1, leaderEpoch: 0 })
  })

  test('should forget a topic that is gone, and say so', () => {
    const cache = new MetadataCache()
    cache.update(response([{ name: 't', leaders: leaders(1) }]))
    const change = cache.update(response([{ name: 't', errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION }]))
    expect([...change.partitionCounts]).toEqual([['t', 0]])
    expect(cache.topic('t')).toBeUndefined()
  })

  test('should keep what it knows of a topic when the broker cannot answer for now', () => {
    const cache = new MetadataCache()
    cache.update(response([{ name: 't', leaders: leaders(1) }]))
    const change = cache.update(response([{ name: 't', errorCode: errorCodes.LEADER_NOT_AVAILABLE }]))
    expect(change.errors.get('t')).toMatchObject({ kafkaName: 'LEADER_NOT_AVAILABLE', retriable: true })
    expect(cache.partition('t', 0)?.leader).toBe(1)
  })

  test('should name brokers that moved to another address', () => {
    const cache = new MetadataCache()
    expect(cache.update(response([])).movedBrokers).toEqual([])
    expect(cache.update(response([], 9999)).movedBrokers).toEqual([1])
  })

  test('should follow a leader that a response named only forwards', () => {
    const cache = new MetadataCache()
    cache.update(response([{ name: 't', leaders: leaders(1) }]))
    expect(cache.noteLeader('t', 0, 2, 5)).toBe(false)
    expect(cache.noteLeader('t', 0, 3, 6)).toBe(false)
    expect(cache.noteLeader('t', 0, 2, 6)).toBe(true)
    expect(cache.partition('t', 0)?.leader).toBe(2)
  })
})
