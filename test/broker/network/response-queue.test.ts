import fc from 'fast-check'
import { ResponseQueue } from '../../../lib/broker/network/response-queue.ts'

test('ResponseQueue should let responses out in the order of the requests, whatever the order they are ready in', () => {
  fc.assert(fc.property(fc.nat({ max: 20 }).chain((count) => fc.shuffledSubarray(Array.from({ length: count }, (_, i) => i), { minLength: count })), (readyOrder) => {
    const written: number[] = []
    const queue = new ResponseQueue(([piece]) => written.push((piece as Buffer)[0]!))
    const places = readyOrder.map(() => queue.reserve())
    for (const i of readyOrder) places[i]!([Buffer.from([i])])
    expect(written).toEqual([...readyOrder].sort((a, b) => a - b))
    expect(queue.length).toBe(0)
  }))
})

test('ResponseQueue should write nothing for a request without response, and go on behind it', () => {
  const written: string[] = []
  const queue = new ResponseQueue((frame) => written.push(String(frame[0])))
  const [silent, spoken] = [queue.reserve(), queue.reserve()]
  spoken([Buffer.from('b')])
  silent([])
  expect(written).toEqual(['b'])
})
