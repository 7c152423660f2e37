import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import path from 'node:path'

/** Tests and npm scripts run in the package's folder. */
const root = process.cwd()

/** A program of the package as a user runs it: `node apps/<name>.js`, in a process of its own, from `dist`. */
export class Program {
  readonly lines: string[] = []
  readonly errors: string[] = []
  readonly name: string
  readonly #process: ChildProcessWithoutNullStreams
  readonly #exited: Promise<number | NodeJS.Signals>
  readonly #onLine = new Set<() => void>()
  #hasExited = false

  constructor(name: string, args: readonly string[], { cwd = root }: { readonly cwd?: string } = {}) {
    this.name = name
    this.#process = spawn(process.execPath, [path.join(root, 'apps', `${name}.js`), ...args], { cwd })
    this.#collect(this.#process.stdout, this.lines)
    this.#collect(this.#process.stderr, this.errors)
    this.#exited = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => {
        this.#hasExited = true
        resolve(code ?? signal ?? -1)
        for (const look of this.#onLine) look()
      })
    })
  }

  #collect(stream: NodeJS.ReadableStream, into: string[]): void {
    let rest = ''
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      into.push(...lines)
      for (const look of this.#onLine) look()
    })
  }

  /** The first line of its output, from line `from` on, that matches; waits for it. @throws {Error} when it ends before */
  line(pattern: RegExp, from = 0): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.lines.slice(from).find((line) => pattern.test(line))
        if (found === undefined && !this.#hasExited) return
        this.#onLine.delete(look)
        if (found !== undefined) resolve(found)
        else reject(new Error(`${this.name} ended without a line like ${pattern}:\n${[...this.lines, ...this.errors].join('\n')}`))
      }
      this.#onLine.add(look)
      look()
    })
  }

  /** Its exit code, or the signal that ended it. */
  exit(): Promise<number | NodeJS.Signals> {
    return this.#exited
  }

  /** Ends it; resolves when it is gone. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    if (!this.#hasExited) this.#process.kill(signal)
    return this.#exited
  }
}
