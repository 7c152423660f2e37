import fc from 'fast-check'
import { decodeAssignmentInfo, encodeAssignmentInfo } from '../../../lib/runtime/assignor/assignment-info.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from '../../../lib/runtime/assignor/consumer-protocol.ts'
import { formatHost, parseHost } from '../../../lib/runtime/assignor/host-info.ts'
import { decodeSubscriptionInfo, encodeSubscriptionInfo } from '../../../lib/runtime/assignor/subscription-info.ts'

const topicPartitions = fc.array(fc.record({ topic: fc.string(), partitions: fc.array(fc.nat(1000), { maxLength: 5 }) }), { maxLength: 4 })
const userData = fc.option(fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)), { nil: undefined })

describe('the consumer protocol envelope', () => {
  test('should decode the subscription it encoded', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 4 }), userData, topicPartitions, (topics, data, ownedPartitions) => {
        const subscription = { topics, userData: data, ownedPartitions }
        expect(decodeSubscription(encodeSubscription(subscription))).toEqual(subscription)
      }),
    )
  })

  test('should decode the assignment it encoded', () => {
    fc.assert(
      fc.property(topicPartitions, userData, (partitions, data) => {
        expect(decodeAssignment(encodeAssignment({ partitions, userData: data }))).toEqual({ partitions, userData: data })
      }),
    )
  })

  test('should say who may be in the group when the bytes end early', () => {
    const whole = encodeSubscription({ topics: ['lines'], userData: undefined, ownedPartitions: [] })
    expect(() => decodeSubscription(whole.subarray(0, 6))).toThrow('another kind of client may be using this application.id')
  })
})

describe('member metadata', () => {
  test('should survive the way through the group', () => {
    const info = {
      processId: 'p-1',
      userEndPoint: 'localhost:8888',
      taskOffsetSums: new Map([['0_0', -2], ['1_3', 42]]),
      ownedTasks: ['0_0'],
      clientTags: { zone: 'b' },
      rackId: 'r1',
      errorCode: 'none' as const,
      joinCount: 3,
    }
    expect(decodeSubscriptionInfo(encodeSubscriptionInfo(info, 2), 2)).toEqual(info)
    expect(decodeSubscriptionInfo(encodeSubscriptionInfo(info, 1), 1)).toEqual({ ...info, ownedTasks: [] })
  })

  test('should carry tasks, hosts and partition counts to the members', () => {
    const info = {
      errorCode: 'none' as const,
      errorMessage: undefined,
      activeTasks: new Map([['0_0', ['lines']]]),
      standbyTasks: new Map([['1_0', ['app-words-repartition']]]),
      hosts: [{ host: 'localhost:8888', active: [{ topic: 'lines', partitions: [0] }], standby: [] }],
      partitionCounts: new Map([['lines', 4]]),
      followupRebalanceMs: 5,
    }
    expect(decodeAssignmentInfo(encodeAssignmentInfo(info, 2), 2)).toEqual(info)
  })

  test('should refuse metadata of another program and of a newer release', () => {
    expect(() => decodeSubscriptionInfo(Buffer.from([0, 11, 0, 0]), 2)).toThrow('every member of the group')
    expect(() => decodeSubscriptionInfo(Buffer.from('{"version":99}'), 2)).toThrow('upgrade this instance')
  })
})

describe('host info', () => {
  test.each(['localhost:8888', '10.0.0.1:80', '[::1]:9000'])('should read and write %s', (text) => {
    expect(formatHost(parseHost(text))).toBe(text)
  })

  test.each(['localhost', 'localhost:abc', 'a:70000', ''])('should refuse %j', (text) => {
    expect(() => parseHost(text)).toThrow('application.server')
  })
})
