import { MockProcessorContext } from '../../lib/testing/index.ts'
import { Stores } from '../../stores/stores.ts'
import { Record } from '../../topology/api.ts'
import { Calling, TEXT } from '../task/task-harness.ts'

test('MockProcessorContext should remember what a processor forwards when it is called alone', () => {
  const context = new MockProcessorContext()
  const processor = new Calling((record, given) => {
    given.forward(record)
    given.forward(record.withKey('named'), 'child')
  })
  processor.init(context)
  processor.process(new Record('k', 'v', 1))
  expect(context.forwarded.map(({ record, child }) => [record.key, child])).toEqual([['k', undefined], ['named', 'child']])
  expect(context.forwardedTo('other').map(({ record }) => record.key)).toEqual(['k'])
  context.reset()
  expect(context.forwarded).toEqual([])
})

test('MockProcessorContext should let the test play the time when a processor schedules', () => {
  const context = new MockProcessorContext()
  const processor = new Calling(() => {}, (given) => {
    given.schedule(1000, 'wall-clock-time', (now) => given.forward(new Record('tick', now, now)))
  })
  processor.init(context)
  const [scheduled] = context.scheduledPunctuators
  expect(scheduled).toMatchObject({ intervalMs: 1000, type: 'wall-clock-time', cancelled: false })
  void scheduled?.punctuator(5)
  expect(context.forwarded[0]?.record.value).toBe(5)
})

test('MockProcessorContext should give a processor the stores that the test added', () => {
  const builder = Stores.keyValueStore('kv', { ...TEXT, engine: 'memory' })
  const context = new MockProcessorContext()
  const store = context.addStateStore(builder)
  const processor = new Calling((record, given) => given.getStateStore(builder).put(record.key ?? '', record.value))
  processor.init(context)
  processor.process(new Record('k', 'v', 1))
  expect(store.get('k')).toBe('v')
  expect(() => context.getStateStore('other')).toThrow('The test did not add a store other')
})

test('MockProcessorContext should show what the test sets when a processor asks', () => {
  const context = new MockProcessorContext({ config: { applicationId: 'app', 'topic.retention.ms': 5 } })
  context.recordMetadata = { topic: 'in', partition: 1, offset: 7 }
  context.currentSystemTimeMs = 9
  let seen: unknown
  const processor = new Calling((_record, given) => {
    given.commit()
    seen = [given.applicationId, String(given.taskId), given.recordMetadata?.offset, given.currentSystemTimeMs, given.appConfigsWithPrefix('topic.')]
  })
  processor.init(context)
  processor.process(new Record('k', 'v', 1))
  expect(seen).toEqual(['app', '0_0', 7, 9, { 'retention.ms': 5 }])
  expect(context.committed).toBe(true)
})

test('MockProcessorContext should hand over the results of calls when it is awaited, and throw what failed there', async () => {
  const context = new MockProcessorContext<string, string>()
  const calls = context.asyncCalls()
  const ask = async (value: string): Promise<string> => {
    if (value === 'bad') throw new Error('no')
    return `${value}!`
  }
  const record = new Record('k', 'v', 5)
  calls.start(record, ({ timestamp }) => ask(`v${timestamp}`), (result) => context.forward(record.withValue(result)))
  expect(context.forwarded).toEqual([])
  await context.settled()
  expect(context.forwarded.map((each) => each.record.value)).toEqual(['v5!'])
  calls.start(record, () => ask('bad'), () => {})
  await expect(context.settled()).rejects.toThrow('no')
})
