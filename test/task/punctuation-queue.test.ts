import fc from 'fast-check'
import { firstAnchored, PunctuationQueue } from '../../lib/task/punctuation-queue.ts'

interface ModelSchedule {
  readonly name: string
  readonly intervalMs: number
  next: number
}

/** The rules without any cleverness: whoever is due runs once and then waits for the next point of its grid. */
const dueInModel = (schedules: ModelSchedule[], now: number): string[] => {
  const due = schedules.filter((schedule) => schedule.next <= now).sort((a, b) => a.next - b.next)
  for (const schedule of due) while (schedule.next <= now) schedule.next += schedule.intervalMs
  return due.map(({ name }) => name)
}

test('PunctuationQueue should run what a naive model says when time moves in any steps', () => {
  const scheduled = fc.array(fc.record({ first: fc.nat(50), intervalMs: fc.integer({ min: 1, max: 40 }) }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(scheduled, fc.array(fc.nat(60), { maxLength: 30 }), (schedules, steps) => {
      const queue = new PunctuationQueue<string>()
      const model = schedules.map(({ first, intervalMs }, i) => ({ name: `p${i}`, intervalMs, next: first }))
      for (const { name, next, intervalMs } of model) queue.schedule(name, next, intervalMs, () => {})
      let now = 0
      for (const step of steps) {
        now += step
        const ran: string[] = []
        const count = queue.run(now, (node) => ran.push(node) > 0)
        const expected = dueInModel(model, now)
        expect(ran.slice().sort()).toEqual(expected.slice().sort())
        expect(count).toBe(expected.length)
        expect(queue.nextMs).toBe(Math.min(...model.map(({ next }) => next)))
      }
    }),
  )
})

test('PunctuationQueue should run earlier due times first when several are due', () => {
  const queue = new PunctuationQueue<string>()
  queue.schedule('late', 30, 100, () => {})
  queue.schedule('early', 10, 100, () => {})
  const ran: string[] = []
  queue.run(50, (node) => ran.push(node) > 0)
  expect(ran).toEqual(['early', 'late'])
})

test('PunctuationQueue should not run a schedule again when it cancels itself', () => {
  const queue = new PunctuationQueue<string>()
  let calls = 0
  const schedule = queue.schedule('p', 0, 10, () => {
    calls++
    schedule.cancel()
  })
  for (const now of [0, 10, 20]) {
    queue.run(now, (_node, punctuator) => {
      void punctuator(now)
      return true
    })
  }
  expect(calls).toBe(1)
  expect(queue.nextMs).toBe(Infinity)
})

test('PunctuationQueue should leave the rest for later when it is told to stop', () => {
  const queue = new PunctuationQueue<string>()
  queue.schedule('a', 1, 100, () => {})
  queue.schedule('b', 2, 100, () => {})
  const ran: string[] = []
  expect(queue.run(5, (node) => ran.push(node) === 0)).toBe(1)
  expect(queue.run(5, (node) => ran.push(node) > 0)).toBe(1)
  expect(ran).toEqual(['a', 'b'])
})

// recorded with Java Kafka Streams 4.3.1
test.each([
  ['in the past', 250, 1000, 5300, 6250],
  ['in the past, with a point of the grid right now', 250, 1000, 5250, 6250],
  ['right now', 10, 1000, 10, 10],
  ['to come', 250, 1000, 0, 250],
  ['to come, before any stream time', 0, 1000, -1, 0],
])('firstAnchored should say when a schedule is first due when its start is %s', (_when, start, interval, now, first) => {
  expect(firstAnchored(start, interval, now)).toBe(first)
})
