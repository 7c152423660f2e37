import { jest } from '@jest/globals'
import { silentLogger } from '../../lib/core/log.ts'
import { MockTime } from '../../lib/core/time.ts'
import { startStateCleaner } from '../../lib/runtime/state-cleaner.ts'
import { taskId } from '../../lib/task/task-id.ts'

describe('the state of tasks that are elsewhere', () => {
  beforeEach(() => jest.useFakeTimers())
  afterEach(() => jest.useRealTimers())

  const start = (options: { delayMs?: number; maxAgeMs?: number; isRunning?: () => boolean }) => {
    const removedBefore: number[] = []
    const time = new MockTime(1_000_000)
    const cleanUp = (beforeMs = Infinity) => {
      removedBefore.push(beforeMs)
      return [taskId(0, 0)]
    }
    const stop = startStateCleaner({ directory: { cleanUp }, time, logger: silentLogger, delayMs: 1000, maxAgeMs: -1, isRunning: () => true, ...options })
    return { removedBefore, stop, time }
  }

  test('should be removed when they are away for longer than the delay, while the client runs', () => {
    let isRunning = false
    const { removedBefore, stop, time } = start({ isRunning: () => isRunning })
    jest.advanceTimersByTime(1000)
    expect(removedBefore).toEqual([])
    isRunning = true
    time.advance(2000)
    jest.advanceTimersByTime(1000)
    expect(removedBefore).toEqual([1_001_000])
    stop()
    jest.advanceTimersByTime(5000)
    expect(removedBefore).toHaveLength(1)
  })

  test('should be removed at the start when they are too old', () => {
    const { removedBefore, stop } = start({ maxAgeMs: 60_000 })
    expect(removedBefore).toEqual([940_000])
    stop()
  })

  test('should stay when the delay says never', () => {
    const { removedBefore } = start({ delayMs: 0 })
    jest.advanceTimersByTime(10_000)
    expect(removedBefore).toEqual([])
  })
})
