import { mkdirSync } from 'node:fs'
import type { Time } from '../../core/time.ts'
import { MemoryLogs } from '../log/memory-logs.ts'
import type { LogSource } from '../topics/topic-registry.ts'
import { NoJournal } from './journal.ts'
import type { Journal } from './journal.ts'

/** Where a broker keeps what it has. */
export interface BrokerStorage {
  readonly journal: Journal
  readonly logs: LogSource
  /** Lets other processes use the directory again. */
  readonly unlock: () => void
}

/**
 * Storage in memory, or in a directory, which is locked. What only a directory needs is loaded for it alone.
 * @throws {BrokerError} MILLRACE_BROKER_DIRECTORY_IN_USE
 */
export const openStorage = async (directory: string | undefined, maxLogBytes: number, time: Time): Promise<BrokerStorage> => {
  if (directory === undefined) return { journal: new NoJournal(), logs: new MemoryLogs(maxLogBytes), unlock: () => {} }
  const [{ lockDirectory }, { FileJournal }, { LogDirectory }] = await Promise.all([import('./directory-lock.ts'), import('./file-journal.ts'), import('../log/log-directory.ts')])
  mkdirSync(directory, { recursive: true })
  const unlock = lockDirectory(directory)
  return { journal: new FileJournal(directory), logs: new LogDirectory(directory, time), unlock }
}
