import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const LOADER = pathToFileURL(path.resolve('test/integration/helpers/typescript.mjs')).href
const alive = new Set<ChildProcess>()
// Also one that is stopped, which no closed pipe wakes up.
process.once('exit', () => alive.forEach((child) => child.kill('SIGKILL')))

/** Applications in a process of its own, which a test can kill. The script prints the line RUNNING when they run. */
export class ChildApp {
  readonly #child: ChildProcess
  readonly #running: Promise<void>
  #printed = ''

  /** `script`: a file of this folder. */
  constructor(script: string, args: readonly string[]) {
    const file = path.resolve('test/integration/helpers', script)
    const child = spawn(process.execPath, ['--import', LOADER, file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child = child
    alive.add(child)
    child.once('exit', () => alive.delete(child))
    // it may be dead when it is told something
    child.stdin.on('error', () => {})
    this.#running = new Promise((resolve, reject) => {
      child.stdout.on('data', (bytes: Buffer) => {
        this.#printed += bytes.toString()
        if (this.#printed.includes('RUNNING\n')) resolve()
      })
      child.once('close', () => reject(this.#ended()))
    })
    // Somebody may kill it without having waited for it.
    this.#running.catch(() => {})
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** How it has ended: the signal or the exit code, and the first line of the error that it told of. */
  get end(): string {
    const error = /^ERROR (.*)$/m.exec(this.#printed)?.[1] ?? ''
    return `${this.#child.signalCode ?? `exit ${this.#child.exitCode}`} ${error}`.trim()
  }

  /** Everything it has printed. */
  get printed(): string {
    return this.#printed
  }

  #ended(): Error {
    return new Error(`the process of the application ended, ${this.end}: ${this.#printed}`)
  }

  /** Resolves when all applications run. @throws {Error} with what the process said, when it ended instead */
  running(): Promise<void> {
    return this.#running
  }

  /** @throws {Error} when the process has ended by itself */
  check(): void {
    if (this.hasEnded) throw this.#ended()
  }

  /** Sends a signal without waiting for anything. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends it a line. */
  tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.hasEnded) return
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exited
  }
}
