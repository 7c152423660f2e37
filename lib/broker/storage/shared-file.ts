import { closeSync, openSync, rmSync } from 'node:fs'

/** A file opened on first use, and closed only when no read or write of it is under way. */
export class SharedFile {
  readonly path: string
  readonly #flags: string
  #descriptor: number | undefined
  #users = 0
  #closing = false
  #deleted = false

  constructor(path: string, flags: string) {
    this.path = path
    this.#flags = flags
  }

  /** Opens the file when it is not; it stays open at least while somebody {@link hold}s it. */
  descriptor(): number {
    // Its name may belong to another file by now.
    if (this.#deleted) throw new Error(`${this.path} was deleted`)
    return (this.#descriptor ??= openSync(this.path, this.#flags))
  }

  hold(): void {
    this.#users++
  }

  release(): void {
    this.#users--
    if (this.#closing) this.#closeIfUnused()
  }

  /** Closes it as soon as nobody uses it; later use opens it again. */
  close(): void {
    this.#closing = true
    this.#closeIfUnused()
  }

  /** The name belongs to another file from now on; this one goes when nobody uses it. */
  abandon(): void {
    this.#deleted = true
    this.close()
  }

  /** Removes the file. Reads under way still succeed. */
  delete(): void {
    this.abandon()
    rmSync(this.path, { force: true })
  }

  #closeIfUnused(): void {
    if (this.#users > 0 || this.#descriptor === undefined) return
    closeSync(this.#descriptor)
    this.#descriptor = undefined
    this.#closing = false
  }
}
