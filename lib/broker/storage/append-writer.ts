import { fdatasync, writev } from 'node:fs'

/** How many buffers one system call takes at most (IOV_MAX). */
const MAX_PIECES = 1024

/** A file that is appended to. */
export interface AppendTarget {
  /** Opened when it was not. */
  descriptor(): number
  /** Told when bytes have reached the operating system. */
  wrote(bytes: number): void
}

interface Append {
  readonly target: AppendTarget
  readonly bytes: Buffer
  readonly records: number
  readonly done: (error?: Error) => void
}

/**
 * Writes appends to their files one after the other, without blocking: whatever comes while a write is under way goes out
 * with the next one. After the first failure everything fails, so that no gap can come about.
 */
export class AppendWriter {
  readonly #mustSync: (records: number) => boolean
  #queue: Append[] = []
  #running = false
  #failure: Error | undefined
  #idle: (() => void)[] = []

  /** `mustSync` is asked after each write whether it has to be on the disk itself before anybody is told of these records. */
  constructor(mustSync: (records: number) => boolean) {
    this.#mustSync = mustSync
  }

  append(target: AppendTarget, bytes: Buffer, records: number, done: (error?: Error) => void): void {
    this.#queue.push({ target, bytes, records, done })
    if (!this.#running) this.#next()
  }

  /** Resolves when nothing is under way. */
  drained(): Promise<void> {
    return this.#running ? new Promise((resolve) => this.#idle.push(resolve)) : Promise.resolve()
  }

  #next(): void {
    const [first] = this.#queue
    this.#running = first !== undefined
    if (first === undefined) {
      for (const resolve of this.#idle.splice(0)) resolve()
      return
    }
    let count = 1
    while (count < this.#queue.length && count < MAX_PIECES && this.#queue[count]!.target === first.target) count++
    const group = this.#queue.splice(0, count)
    if (this.#failure !== undefined) {
      this.#finish(group, this.#failure)
      return
    }
    let descriptor: number
    try {
      descriptor = first.target.descriptor()
    } catch (error) {
      this.#finish(group, error as Error)
      return
    }
    this.#write(descriptor, group, group.map(({ bytes }) => bytes))
  }

  #write(descriptor: number, group: Append[], pieces: readonly Buffer[]): void {
    writev(descriptor, pieces, (error, written) => {
      if (error !== null) {
        this.#finish(group, error)
        return
      }
      const left = after(pieces, written)
      if (left.length > 0) this.#write(descriptor, group, left)
      else if (this.#mustSync(group.reduce((sum, { records }) => sum + records, 0))) fdatasync(descriptor, (failed) => this.#finish(group, failed ?? undefined))
      else this.#finish(group, undefined)
    })
  }

  #finish(group: readonly Append[], error: Error | undefined): void {
    if (error !== undefined) this.#failure = error
    // The next write starts first: it goes on while the callbacks run.
    this.#next()
    for (const { target, bytes, done } of group) {
      if (error === undefined) target.wrote(bytes.length)
      done(error)
    }
  }
}

/** What is left of the pieces when so many bytes of them are written. */
const after = (pieces: readonly Buffer[], written: number): readonly Buffer[] => {
  let skip = written
  let i = 0
  while (i < pieces.length && skip >= pieces[i]!.length) skip -= pieces[i++]!.length
  return skip === 0 ? pieces.slice(i) : [pieces[i]!.subarray(skip), ...pieces.slice(i + 1)]
}
