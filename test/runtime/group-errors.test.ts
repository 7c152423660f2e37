import { ClientError } from '../../lib/client/errors.ts'
import { errorOf } from '../../lib/client/kafka-errors.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import { groupError } from '../../lib/runtime/group-errors.ts'

describe('what keeps a member out of its group for good', () => {
  const settings = { groupId: 'orders', groupInstanceId: 'a-1', sessionTimeoutMs: 100, rebalanceTimeoutMs: undefined, heartbeatIntervalMs: undefined }
  const told = (name: keyof typeof errorCodes): Error => groupError(errorOf(errorCodes[name], 'joining group orders'), settings)

  test.each([
    ['INCONSISTENT_GROUP_PROTOCOL', 'MILLRACE_GROUP_PROTOCOL', "The group 'orders' has members that are not Millrace's"],
    ['FENCED_INSTANCE_ID', 'MILLRACE_CLIENT_MEMBER_FENCED', "Another stream thread has the group.instance.id 'a-1' now: give each instance its own"],
    ['INVALID_SESSION_TIMEOUT', 'MILLRACE_CLIENT_RESPONSE', 'session.timeout.ms is 100'],
    ['GROUP_MAX_SIZE_REACHED', 'MILLRACE_CLIENT_RESPONSE', 'group.max.size'],
    ['GROUP_AUTHORIZATION_FAILED', 'MILLRACE_CLIENT_AUTHENTICATION', "the right to READ the group 'orders'"],
  ] as const)('should come with what to do about it: %s', (name, code, advice) => {
    const error = told(name)
    expect(error.message).toMatch(new RegExp(`^joining group orders failed: ${name}, .*[^.]\\. `))
    expect(error.message).toContain(advice)
    expect([(error as ClientError).code, error.cause]).toEqual([code, expect.any(ClientError)])
  })

  test('should be told as it is when nothing is known about it', () => {
    const error = errorOf(errorCodes.UNKNOWN_SERVER_ERROR, 'joining group orders')
    expect(groupError(error, settings)).toBe(error)
  })
})
