import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type * as millrace from '../../../lib/index.ts'

/** What the process of an application has to show. */
export interface InChild {
  readonly streams: millrace.KafkaStreams
  readonly millrace: typeof millrace
  readonly heard: {
    readonly logs: readonly { readonly level: string; readonly message: string }[]
    readonly restored: readonly string[]
    readonly standbys: readonly string[]
    readonly states: readonly string[]
    readonly failures: readonly Failure[]
  }
}

/** What the handler of uncaught exceptions was given. */
export interface Failure {
  readonly name: string
  readonly message: string
  readonly code: string
  readonly isOurs: boolean
  readonly stack: string
  readonly cause: { readonly name: string; readonly message: string; readonly code: string; readonly cause: string } | undefined
}

export interface WorkersAppOptions {
  readonly config: Readonly<Record<string, unknown>>
  readonly options?: object
  /** Of the handler of uncaught exceptions. */
  readonly answer?: string
  readonly env: Readonly<Record<string, string>>
}

interface Reply {
  readonly id: number
  readonly answer?: unknown
  readonly error?: string
}

interface Waiting {
  resolve(answer: unknown): void
  reject(error: Error): void
}

/** An application in a process of its own, from `dist`, since workers load what was compiled; asked by functions that run there. */
export class WorkersApp {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  readonly started: Promise<unknown>
  #next = 1

  constructor({ config, options = {}, answer = 'SHUTDOWN_CLIENT', env }: WorkersAppOptions) {
    const script = path.resolve('test/integration/helpers/workers-child.mjs')
    this.#child = fork(script, [JSON.stringify({ config, options, answer })], { env: { ...process.env, ...env }, execArgv: [], serialization: 'advanced' })
    this.#child.on('message', ({ id, answer: answered, error }: Reply) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error === undefined) waiting?.resolve(answered)
      else waiting?.reject(new Error(error))
    })
    this.#child.once('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the process has ended: ${signal ?? code}`))
    })
    this.started = this.#reply(0)
    this.started.catch(() => {})
  }

  #reply(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  /** Runs a function in the process: it sees nothing but what it is given. */
  ask<A extends readonly unknown[], R>(question: (inChild: InChild, ...args: A) => R | Promise<R>, ...args: A): Promise<R> {
    const id = this.#next++
    const reply = this.#reply(id)
    this.#child.send({ id, source: String(question), args })
    return reply as Promise<R>
  }

  /** Its exit code after a signal; undefined when the signal itself ended it. */
  async end(signal: NodeJS.Signals): Promise<number | undefined> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode ?? undefined
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    const [code] = (await exited) as [number | null]
    return code ?? undefined
  }
}
