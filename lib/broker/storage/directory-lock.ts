import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { BrokerError } from '../errors.ts'

/** When a process began, in the system's own units, where the system tells; so that a reused pid is not taken for its predecessor. */
const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const ownerOf = (file: string): { readonly pid: number; readonly start: string } | undefined => {
  try {
    const [pid = '', start = ''] = readFileSync(file, 'utf8').split(' ')
    return { pid: Number(pid), start }
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
  if (owner !== undefined && isAlive(owner.pid) && startOf(owner.pid) === owner.start) {
    throw new BrokerError('MILLRACE_BROKER_DIRECTORY_IN_USE', `${directory} is in use by the broker in process ${owner.pid}; stop that one, or choose another directory`)
  }
  writeFileSync(file, `${process.pid} ${startOf(process.pid)}`)
  return () => rmSync(file, { force: true })
}
