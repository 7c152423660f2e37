import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** The embedded broker in a process of its own, as a cluster would be. */
export const startBroker = async (program: string, ...args: readonly string[]): Promise<{ address: string; child: ChildProcess }> => {
  const child = spawn(process.execPath, [program, '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /^listening on (.+)$/.exec(line)?.[1]
    if (address !== undefined) return { address, child }
  }
  throw new Error('the embedded broker ended before it was ready')
}

/** Ends it and waits until it has closed everything. */
export const stopBroker = async (child: ChildProcess): Promise<void> => {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}
