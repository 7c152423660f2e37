import { setImmediate as nextTurn } from 'node:timers/promises'
import { ProcessingLoop } from '../../lib/runtime/processing-loop.ts'
import type { LoopWork } from '../../lib/runtime/processing-loop.ts'

/** Work that hands out what it is given and notes what happens. */
class FakeWork implements LoopWork {
  available = 0
  processed = 0
  full = false
  chores: Promise<void> | undefined
  deadline = Infinity
  fails: Error | undefined
  housekeepings = 0
  #drained: (() => void) | undefined

  processSome(): number {
    if (this.fails) throw this.fails
    const some = Math.min(this.available, 10)
    this.available -= some
    this.processed += some
    return some
  }

  drained(): Promise<void> {
    return new Promise((resolve) => (this.#drained = resolve))
  }

  drain(): void {
    this.full = false
    this.#drained?.()
  }

  housekeeping(): Promise<void> | undefined {
    this.housekeepings++
    const chores = this.chores
    this.chores = undefined
    return chores
  }

  nextDeadline(): number {
    return this.deadline
  }

  now(): number {
    return 0
  }
}

const turns = async (count = 5): Promise<void> => {
  for (let i = 0; i < count; i++) await nextTurn()
}

describe('a processing loop', () => {
  let work: FakeWork
  let errors: unknown[]
  let loop: ProcessingLoop

  beforeEach(() => {
    work = new FakeWork()
    errors = []
    loop = new ProcessingLoop(work, (error) => errors.push(error))
  })

  afterEach(() => loop.pause())

  test('should process what is there and then sleep until woken', async () => {
    work.available = 25
    loop.resume()
    await turns()
    expect(work.processed).toBe(25)
    const asleep = work.housekeepings
    await turns()
    expect(work.housekeepings).toBe(asleep)
    work.available = 5
    loop.wake()
    await turns()
    expect(work.processed).toBe(30)
  })

  test('should let the event loop have a turn between slices', async () => {
    work.processSome = () => 1
    loop.resume()
    await turns(3)
    expect(work.housekeepings).toBeGreaterThan(1)
  })

  test('should process nothing while the producer is full', async () => {
    work.full = true
    work.available = 10
    loop.resume()
    await turns()
    expect(work.processed).toBe(0)
    work.drain()
    await turns()
    expect(work.processed).toBe(10)
  })

  test('should not sleep over records that came during a commit', async () => {
    let committed = (): void => {}
    work.chores = new Promise((resolve) => (committed = resolve))
    loop.resume()
    await turns()
    work.available = 7
    loop.wake()
    await turns()
    expect(work.processed).toBe(0)
    committed()
    await turns()
    expect(work.processed).toBe(7)
  })

  test('should pause only when the turn under way has ended', async () => {
    let committed = (): void => {}
    work.chores = new Promise((resolve) => (committed = resolve))
    loop.resume()
    await turns()
    let paused = false
    const pausing = loop.pause().then(() => (paused = true))
    await turns()
    expect(paused).toBe(false)
    committed()
    await pausing
    work.available = 5
    loop.wake()
    await turns()
    expect(work.processed).toBe(0)
  })

  test('should not let who pauses it wait for room in the producer', async () => {
    work.full = true
    loop.resume()
    await turns()
    await loop.pause()
    work.full = false
    work.available = 5
    loop.resume()
    await turns()
    expect(work.processed).toBe(5)
  })

  test('should wake by itself when the deadline comes', async () => {
    work.deadline = 1
    const woken = new Promise<void>((resolve) => {
      work.housekeeping = () => {
        if (++work.housekeepings === 3) resolve()
        return undefined
      }
    })
    loop.resume()
    await woken
  })

  test('should stop and report when processing throws', async () => {
    work.fails = new Error('boom')
    loop.resume()
    await turns()
    expect(errors).toEqual([work.fails])
    expect(loop.isRunning).toBe(false)
  })
})
