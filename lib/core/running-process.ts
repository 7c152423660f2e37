import { readFileSync } from 'node:fs'

/**
 * When a process was started, in the system's own units, as far as the system tells; empty elsewhere than on Linux. Numbers of
 * processes are used again: with its start one is not taken for its predecessor.
 */
export const startOf = (pid: number): string => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}

/** Whether the process of that number and start is alive; `started` empty: whether any of that number is. */
export const isRunning = (pid: number, started: string): boolean => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // somebody else's process
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return started === '' || startOf(pid) === started
}
