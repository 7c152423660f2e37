import { AuthenticationError, TimeoutError } from '../../lib/client/errors.ts'
import { MockTime } from '../../lib/core/time.ts'
import { ridingOut, TaskTimeout } from '../../lib/runtime/task-timeout.ts'

describe('the time-out of a task', () => {
  let time: MockTime

  beforeEach(() => {
    time = new MockTime()
  })

  const away = new TimeoutError('no answer')

  test('should let it fail until task.timeout.ms has passed, and then say so as Java does', () => {
    const timeout = new TaskTimeout('Task 0_1', { time, timeoutMs: 1000 })
    timeout.failed(away)
    time.advance(1000)
    timeout.failed(away)
    time.advance(1)
    expect(() => timeout.failed(away)).toThrow(
      expect.objectContaining({
        code: 'MILLRACE_TASK_TIMEOUT', message: 'Task 0_1 did not make progress within 1001 ms. Adjust task.timeout.ms if needed: no answer', cause: away,
      }),
    )
  })

  test('should begin anew when something has worked', () => {
    const timeout = new TaskTimeout('Task 0_1', { time, timeoutMs: 1000 })
    timeout.failed(away)
    time.advance(900)
    timeout.succeeded()
    timeout.failed(away)
    time.advance(900)
    expect(() => timeout.failed(away)).not.toThrow()
  })

  test('should let nothing fail twice when task.timeout.ms is 0 and time goes on', () => {
    const timeout = new TaskTimeout('Task 0_1', { time, timeoutMs: 0 })
    timeout.failed(away)
    time.advance(1)
    expect(() => timeout.failed(away)).toThrow('did not make progress within 1 ms')
  })

  describe('when it is ridden out', () => {
    const ride = (errors: Error[], isWanted = true): Promise<string> =>
      ridingOut('Task 0_1', { time, timeoutMs: 1000, backoff: { baseMs: 0, maxMs: 0 } }, () => isWanted, async () => {
        time.advance(400)
        const error = errors.shift()
        if (error !== undefined) throw error
        return 'done'
      })

    test('should try again what passes by itself', async () => {
      expect(await ride([away, away])).toBe('done')
    })

    test('should end with what does not pass, what nobody waits for, and what takes too long', async () => {
      const refused = new AuthenticationError('refused')
      await expect(ride([away, refused])).rejects.toBe(refused)
      await expect(ride([away], false)).rejects.toBe(away)
      await expect(ride([away, away, away, away, away])).rejects.toThrow('Task 0_1 did not make progress within 1200 ms')
    })
  })
})
