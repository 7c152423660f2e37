import fc from 'fast-check'
import { Fifo } from '../../../lib/task/async/fifo.ts'

test('what is pushed should come out once, in order, however pushes and shifts follow each other', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -200, max: 200 }), { maxLength: 20 }), (steps) => {
      const fifo = new Fifo<number>()
      const model: number[] = []
      let next = 0
      // a positive step pushes that many, a negative one shifts
      for (const step of steps) {
        for (let i = 0; i < Math.abs(step); i++) {
          if (step > 0) {
            fifo.push(next)
            model.push(next++)
          } else {
            expect(fifo.peek()).toBe(model[0])
            expect(fifo.shift()).toBe(model.shift())
          }
        }
        expect(fifo.size).toBe(model.length)
      }
    }),
  )
})
