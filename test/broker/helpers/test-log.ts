import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { MockTime } from '../../../lib/core/time.ts'
import { BrokerConfig } from '../../../lib/broker/config/broker-config.ts'
import type { LogConfig } from '../../../lib/broker/config/log-config.ts'
import { FileStorage } from '../../../lib/broker/log/file-storage.ts'
import { MemoryStorage } from '../../../lib/broker/log/log-storage.ts'
import { MemoryBudget } from '../../../lib/broker/log/memory-budget.ts'
import { PartitionLog } from '../../../lib/broker/log/partition-log.ts'
import { recoverLog } from '../../../lib/broker/log/recovery.ts'
import { recordsIn } from './batches.ts'
import type { ReadRecord } from './batches.ts'

/** The settings of a topic as the broker would parse them. */
export const logConfig = (settings: Record<string, string | number> = {}): LogConfig =>
  new BrokerConfig({}).logConfig(new Map(Object.entries(settings).map(([name, value]) => [name, String(value)])))

export const memoryLog = (config: LogConfig, time = new MockTime(), maxBytes = 2 ** 30): PartitionLog =>
  new PartitionLog('t', 0, config, new MemoryStorage(new MemoryBudget(maxBytes)), time)

/** A log in a directory, with what is in it. */
export const fileLog = (directory: string, config: LogConfig, time = new MockTime()): PartitionLog => {
  const storage = new FileStorage(directory, () => config)
  const log = new PartitionLog('t', 0, config, storage, time)
  recoverLog(log, storage, 0, time.now())
  return log
}

/** Everything a reader would get from an offset on, fetch by fetch. */
export const readLog = async (log: PartitionLog, from = log.logStartOffset, maxBytes = 2 ** 20): Promise<ReadRecord[]> => {
  const records: ReadRecord[] = []
  let offset = from
  for (;;) {
    const slice = log.slice(offset, maxBytes, log.highWatermark, true)
    if (slice === undefined) return records
    const bytes = Buffer.concat(await slice.segment.bytes.read(slice.start, slice.end))
    records.push(...(await recordsIn(bytes, offset)))
    const last = [...slice.segment.batches(slice.start, slice.end)].at(-1)!
    offset = last.batch.lastOffset + 1
  }
}

/** Runs with a directory of its own, which is gone afterwards. */
export const withDirectory = async <T>(run: (directory: string) => Promise<T>): Promise<T> => {
  const directory = mkdtempSync(path.join(tmpdir(), 'millrace-broker-'))
  try {
    return await run(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
