import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { StateDirectory } from '../task/state-directory.ts'

/** Named and written as Java does it. */
const FILE = 'kafka-streams-process-metadata'

/**
 * The id of the process that uses a state directory: the same after a restart. So with exactly-once the transactions that a
 * killed process left open are aborted by the next one at once, and not when they time out. Undefined when another live process
 * uses the directory, too. To be given back by `unlockInstance`.
 */
export const rememberedProcessId = (directory: StateDirectory): string | undefined => {
  if (!directory.lockInstance()) return undefined
  const file = path.join(directory.path, FILE)
  const known = read(file)
  if (known !== undefined) return known
  const processId = randomUUID()
  writeFileSync(`${file}.tmp`, JSON.stringify({ processId }))
  renameSync(`${file}.tmp`, file)
  return processId
}

const read = (file: string): string | undefined => {
  try {
    const { processId } = JSON.parse(readFileSync(file, 'utf8')) as { processId?: unknown }
    return typeof processId === 'string' && processId !== '' ? processId : undefined
  } catch {
    return undefined
  }
}
