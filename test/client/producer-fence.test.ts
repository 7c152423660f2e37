import { Headers } from '../../lib/core/headers.ts'
import { ClosedError } from '../../lib/client/errors.ts'
import type { Producer } from '../../lib/client/producer.ts'
import type { WriteFence } from '../../lib/client/types.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import { TestCluster, until } from './test-cluster.ts'

const PRODUCE = 0
const text = { write: (data: string, out: { writeUtf8(text: string): void }) => out.writeUtf8(data) }

class TestFence implements WriteFence {
  isOpen = true
  #listener = (): void => {}

  onOpen(listener: () => void): () => void {
    this.#listener = listener
    return () => {}
  }

  open(): void {
    this.isOpen = true
    this.#listener()
  }
}

describe('a producer with a fence', () => {
  let kafka: TestCluster
  let topic: string
  let fence: TestFence
  let producer: Producer
  let errors: string[]

  beforeAll(async () => {
    kafka = await TestCluster.embedded()
  })
  beforeEach(async () => {
    topic = await kafka.topic('fenced')
    fence = new TestFence()
    errors = []
    producer = kafka.producer({ fence, onError: (error) => void errors.push(error.message) })
    await producer.prepare([topic])
  })
  afterAll(() => kafka.close())

  const append = (...values: string[]): void => {
    const appender = producer.appender(topic)
    for (const value of values) appender.append(0, 1, undefined, text, value, text, Headers.empty)
  }
  const values = async (count: number) => (await kafka.read(topic, count)).map(({ value }) => value)

  test('should count as full and send nothing while it is closed, and all of it when it opens', async () => {
    let requests = 0
    const stop = kafka.broker!.control(PRODUCE, () => void requests++)
    fence.isOpen = false
    append('a', 'b')
    const flushed = producer.flush()
    const drained = producer.drained()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([producer.full, requests]).toEqual([true, 0])
    fence.open()
    await Promise.all([flushed, drained])
    stop()
    expect([producer.full, await values(2)]).toEqual([false, ['a', 'b']])
  })

  test('should drop what it holds when that is abandoned, take nothing more, and go on when it is resumed', async () => {
    fence.isOpen = false
    append('late')
    const flushed = producer.flush()
    const drained = producer.drained()
    const reason = new ClosedError('the membership lapsed')
    producer.abandon(reason)
    await expect(flushed).rejects.toThrow('the membership lapsed')
    await drained
    expect(() => append('later')).toThrow(reason)
    await producer.flush()
    fence.open()
    producer.resume()
    append('new')
    await producer.flush()
    expect([await values(1), errors]).toEqual([['new'], []])
  })

  test('should not send again what was under way when it was abandoned', async () => {
    append('first')
    await producer.flush()
    let release = (): void => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    let requests = 0
    const stop = kafka.broker!.control(PRODUCE, async () => {
      if (requests++ > 0) return undefined
      await held
      return { error: errorCodes.NOT_LEADER_OR_FOLLOWER }
    })
    append('late')
    const flushed = producer.flush()
    await until(() => requests === 1)
    producer.abandon(new ClosedError('the membership lapsed'))
    release()
    await expect(flushed).rejects.toThrow('given up after 1 attempts')
    producer.resume()
    append('new')
    await producer.flush()
    stop()
    expect([await values(2), requests, errors]).toEqual([['first', 'new'], 2, []])
  })
})
