import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'

const SIZE = '64m'
const CHUNKS = [1 << 20, 1 << 12, 1]

/** A small file system in memory, to be filled up. Needs the right to mount one. */
export class SmallDisk {
  /** For the state of one process. */
  readonly directory: string
  readonly #root: string

  private constructor(root: string) {
    this.#root = root
    this.directory = path.join(root, 'state')
  }

  /** Undefined where file systems may not be mounted. */
  static mount(root: string): SmallDisk | undefined {
    mkdirSync(root, { recursive: true })
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'millrace-chaos', root], { stdio: 'ignore' })
    } catch {
      return undefined
    }
    const disk = new SmallDisk(root)
    mkdirSync(disk.directory)
    process.once('exit', disk.#unmount)
    return disk
  }

  get #filler(): string {
    return path.join(this.#root, 'filler')
  }

  /** Until not a byte fits. */
  fill(): void {
    const fd = openSync(this.#filler, 'a')
    for (const size of CHUNKS) {
      try {
        while (writeSync(fd, Buffer.alloc(size)) === size);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    }
    closeSync(fd)
  }

  free(): void {
    rmSync(this.#filler, { force: true })
  }

  /** Once no process uses it; done by itself when this process ends before. */
  unmount(): void {
    process.off('exit', this.#unmount)
    this.#unmount()
  }

  readonly #unmount = (): void => {
    execFileSync('umount', ['--lazy', this.#root])
    rmSync(this.#root, { recursive: true, force: true })
  }
}
