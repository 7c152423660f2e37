import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { isRunning, startOf } from '../../core/running-process.ts'
import { BrokerError } from '../errors.ts'

/** Undefined for a lock that is not there, or that its broker could not write: its disk was full. */
const ownerOf = (file: string): { readonly pid: number; readonly start: string } | undefined => {
  try {
    const [pid = '', start = ''] = readFileSync(file, 'utf8').split(' ')
    return Number(pid) > 0 ? { pid: Number(pid), start } : undefined
  } catch {
    return undefined
  }
}

/**
 * Makes this process the only one to use the directory; the lock of a process that was killed does not count.
 * @returns how to give it back
 * @throws {BrokerError} MILLRACE_BROKER_DIRECTORY_IN_USE
 */
export const lockDirectory = (directory: string): (() => void) => {
  const file = path.join(directory, 'broker.lock')
  const owner = ownerOf(file)
  if (owner !== undefined && isRunning(owner.pid, owner.start)) {
    throw new BrokerError('MILLRACE_BROKER_DIRECTORY_IN_USE', `${directory} is in use by the broker in process ${owner.pid}; stop that one, or choose another directory`)
  }
  writeFileSync(file, `${process.pid} ${startOf(process.pid)}`)
  return () => rmSync(file, { force: true })
}
