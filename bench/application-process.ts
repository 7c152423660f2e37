import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = path.join(path.dirname(fileURLToPath(import.meta.url)), 'application.js')

/** What an application is started with. */
export interface Application {
  readonly workload: string
  readonly id: string
  readonly input: string
  readonly output: string
  readonly brokers: readonly string[]
}

/**
 * Starts an application in a process of its own and waits until it says so.
 * @throws {Error} when it ends before
 */
export const startApplication = async ({ workload, id, input, output, brokers }: Application, until: 'running' | 'record'): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [program, workload, id, input, output, brokers.join(',')], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === until) return child
  }
  throw new Error(`the application ended before it was ${until === 'running' ? 'running' : 'given a record'}`)
}
