import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

/** `apps/broker.ts` in a process of its own, which can be killed. */
export interface BrokerProcess {
  readonly address: string
  readonly port: number
  /** Everything it printed. */
  output(): string
  /** Ends with the signal; resolves with the exit code, null when the signal ended it. */
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT'): Promise<number | null>
}

const running = new Set<ChildProcess>()
// A test that fails must not leave a broker behind, for which Jest would wait.
afterAll(() => running.forEach((child) => child.kill('SIGKILL')))

const exited = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once('exit', resolve))

/** Resolves when the broker says that it listens. */
export const startBrokerProcess = async (...args: string[]): Promise<BrokerProcess> => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'apps/broker.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let output = ''
  let errors = ''
  const exit = exited(child)
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      const match = /listening on \S+:(\d+)\n/.exec(output)
      if (match !== null) resolve(Number(match[1]))
    })
    void exit.then((code) => reject(new Error(`the broker ended with ${code}: ${errors}`)))
  })
  return {
    address: `127.0.0.1:${port}`,
    port,
    output: () => output,
    kill: (signal) => {
      child.kill(signal)
      return exit
    },
  }
}
