import { SessionLease } from '../../lib/client/session-lease.ts'

const SESSION_MS = 1000

describe('the lease of a session', () => {
  let clocks: { monotonic: number; wall: number }
  let lease: SessionLease
  let opened: number

  beforeEach(() => {
    clocks = { monotonic: 10, wall: 5000 }
    lease = new SessionLease({ monotonic: () => clocks.monotonic, wall: () => clocks.wall })
    opened = 0
    lease.onOpen(() => opened++)
  })

  const pass = (ms: number): void => {
    clocks.monotonic += ms
    clocks.wall += ms
  }

  test('should be closed before the coordinator has said anything', () => {
    expect(lease.isOpen).toBe(false)
  })

  test('should last a session from when the request was sent, not from its answer', () => {
    const sentAt = lease.instant()
    pass(400)
    lease.renew(sentAt, SESSION_MS)
    pass(599)
    expect(lease.isOpen).toBe(true)
    pass(1)
    expect(lease.isOpen).toBe(false)
    expect(opened).toBe(1)
  })

  test('should stay closed when the answer is to a request from before the process was stopped', () => {
    const sentAt = lease.instant()
    pass(SESSION_MS)
    lease.renew(sentAt, SESSION_MS)
    expect([lease.isOpen, opened]).toEqual([false, 0])
  })

  test('should close when the machine slept, which only the clock on the wall shows', () => {
    lease.renew(lease.instant(), SESSION_MS)
    clocks.wall += SESSION_MS
    expect(lease.isOpen).toBe(false)
    lease.renew(lease.instant(), SESSION_MS)
    expect([lease.isOpen, opened]).toEqual([true, 2])
  })

  test('should not grow longer when the clock on the wall is set back', () => {
    lease.renew(lease.instant(), SESSION_MS)
    clocks.wall -= 3_600_000
    clocks.monotonic += SESSION_MS
    expect(lease.isOpen).toBe(false)
  })

  test('should end at once when the coordinator says that the member is none any more', () => {
    lease.renew(lease.instant(), SESSION_MS)
    lease.end()
    expect(lease.isOpen).toBe(false)
  })
})
