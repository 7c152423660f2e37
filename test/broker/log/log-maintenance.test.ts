import { silentLogger } from '../../../lib/core/log.ts'
import { systemTime } from '../../../lib/core/time.ts'
import { BrokerConfig } from '../../../lib/broker/config/broker-config.ts'
import { LogMaintenance } from '../../../lib/broker/log/log-maintenance.ts'
import { NoJournal } from '../../../lib/broker/storage/journal.ts'
import type { TopicRegistry } from '../../../lib/broker/topics/topic-registry.ts'
import { batchOf } from '../helpers/batches.ts'
import { logConfig, memoryLog } from '../helpers/test-log.ts'

beforeEach(() => jest.useFakeTimers())
afterEach(() => jest.useRealTimers())

test('the broker should look for logs to compact as often as admins say, from the next time on', async () => {
  const config = new BrokerConfig({ 'log.cleaner.backoff.ms': 1000 })
  const all = jest.fn(() => [])
  const maintenance = new LogMaintenance({ all } as unknown as TopicRegistry, config, new NoJournal(), systemTime, silentLogger)
  const looks = async (ms: number): Promise<number> => {
    all.mockClear()
    await jest.advanceTimersByTimeAsync(ms)
    return all.mock.calls.length
  }
  maintenance.start()
  expect(await looks(2000)).toBe(2)
  config.setDynamic(undefined, new Map([['log.cleaner.backoff.ms', '100']]))
  expect([await looks(1000), await looks(1000)]).toEqual([1, 10])
  await maintenance.close()
  expect(await looks(10_000)).toBe(0)
})

test('the broker should look every five seconds at logs that are kept for less time than passes between two looks at all', async () => {
  const brief = memoryLog(logConfig({ 'retention.ms': 1000 }))
  const long = memoryLog(logConfig({ 'retention.ms': 600_000 }))
  const topics = [brief, long].map((log) => ({ logConfig: log.config, partitions: [log] }))
  for (const log of [brief, long]) log.append(batchOf([{ value: 'v', timestamp: Date.now() }]))
  const maintenance = new LogMaintenance({ all: () => topics } as unknown as TopicRegistry, new BrokerConfig({}), new NoJournal(), systemTime, silentLogger)
  const starts = async (ms: number): Promise<number[]> => {
    await jest.advanceTimersByTimeAsync(ms)
    return [brief.logStartOffset, long.logStartOffset]
  }
  maintenance.start()
  expect([await starts(4900), await starts(200)]).toEqual([[0, 0], [1, 0]])
  expect([await starts(600_000), await starts(300_000)]).toEqual([[1, 0], [1, 1]])
  await maintenance.close()
})
