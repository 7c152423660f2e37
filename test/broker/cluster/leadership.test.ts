import { Leadership } from '../../../lib/broker/cluster/leadership.ts'

/** Asks for the end of each epoch up to 4, in a log of so many records. */
const ends = (leadership: Leadership, logEnd: number, logStart = 0): [epoch: number, offset: number][] =>
  [0, 1, 2, 3, 4].map((epoch) => {
    const end = leadership.endOf(epoch, logStart, logEnd)
    return [end.epoch, end.offset]
  })

describe('Leadership', () => {
  test('should know where each epoch ended, and nothing of epochs to come', () => {
    const leadership = new Leadership([1, 2])
    leadership.elect(2, 10)
    leadership.elect(1, 15)
    expect([leadership.leader, leadership.epoch]).toEqual([1, 2])
    expect(ends(leadership, 20)).toEqual([[0, 10], [1, 15], [2, 20], [-1, -1], [-1, -1]])
  })

  test('should forget epochs in which nothing was written', () => {
    const leadership = new Leadership([1])
    for (const end of [0, 5, 5, 5]) leadership.elect(1, end)
    expect(ends(leadership, 9)).toEqual([[0, 0], [1, 5], [1, 5], [1, 5], [4, 9]])
  })

  test('should not tell of offsets from before the log begins', () => {
    const leadership = new Leadership([1])
    leadership.elect(1, 10)
    expect(leadership.endOf(0, 12, 20)).toEqual({ epoch: 0, offset: 12 })
  })

  test('should come back as it was stored, but for records that were lost', () => {
    const leadership = new Leadership([1, 2], 2)
    leadership.elect(1, 10)
    leadership.elect(2, 20)
    const again = Leadership.restore(leadership.stored, 15)
    expect([again.leader, again.epoch, again.replicas]).toEqual([2, 2, [1, 2]])
    expect(ends(again, 15)).toEqual([[0, 10], [1, 15], [2, 15], [-1, -1], [-1, -1]])
  })
})
