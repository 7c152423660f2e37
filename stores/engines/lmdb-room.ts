import { closeSync, existsSync, openSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { open, statfs } from 'node:fs/promises'
import path from 'node:path'
import { DiskFullError, diskFullOr } from './disk-full-error.ts'

/** Of zeros that are written at once. */
const PIECE = Buffer.alloc(1 << 18)
/** As LMDB makes it for its default number of readers. */
const LOCK_BYTES = 8272
/** Pages that a change of a few rows may need: of the tables, their list, and the list of free pages. */
const FEW_PAGES = 64
/** What a row takes in a page beside its key and value. */
const ROW_OVERHEAD = 16
/** Where LMDB grows its file it makes it twice as long as it needs, in steps of this. */
const GROWTH_STEP = 1 << 18

/** Of an environment, bytes: its pages, up to the last one that is used, and the part of the file that is mapped. */
export interface LmdbSizes {
  readonly pageSize: number
  readonly used: number
  readonly mapped: number
}

/**
 * The room that LMDB's file has on the disk. LMDB writes by way of a memory map, and a file grows as its pages are first touched: where the
 * disk is full then, the system ends the process by a signal. So everything that a transaction may touch is filled with zeros before, by
 * writes that tell of a full disk by an error. What is behind the last used page belongs to nobody yet, so that this disturbs no reader
 * or writer. File systems that copy what is overwritten (btrfs, ZFS) keep no room that way.
 */
export class LmdbRoom {
  readonly #directory: string
  readonly #file: string
  readonly #sizes: () => LmdbSizes
  readonly #grow: (bytes: number) => Promise<void>
  /** Up to there nothing of the file is missing on the disk. Undefined: not looked at. */
  #solid: number | undefined
  /** What transactions under way may still take, bytes. */
  #promised = 0
  #onIdle: () => void = () => {}
  #last: Promise<unknown> = Promise.resolve()

  /** `grow`: makes the map longer by at least so many bytes, by using as many for a while; nothing else is written then. */
  constructor(directory: string, name: string, sizes: () => LmdbSizes, grow: (bytes: number) => Promise<void>) {
    this.#directory = directory
    this.#file = path.join(directory, name)
    this.#sizes = sizes
    this.#grow = grow
  }

  /** Before the environment is opened: LMDB maps its lock file, too. @throws {DiskFullError} */
  static prepareLock(directory: string, name: string): void {
    const file = path.join(directory, `${name}-lock`)
    try {
      if (!existsSync(file) || statSync(file).size < LOCK_BYTES) writeFileSync(file, Buffer.alloc(LOCK_BYTES))
    } catch (error) {
      throw diskFullOr(error, directory)
    }
  }

  /** Room for a change of a few rows, such as a new table, at once. @throws {DiskFullError} */
  takeLittle(): void {
    const { pageSize, used } = this.#sizes()
    const end = used + this.#promised + FEW_PAGES * pageSize
    if (this.#solid === undefined) this.#makeSolid(used)
    if (end <= this.#solidEnd()) return
    const file = openSync(this.#file, 'r+')
    try {
      this.#fill(end, (from, length) => writeSync(file, PIECE, 0, length, from))
    } finally {
      closeSync(file)
    }
  }

  /**
   * Room for a transaction of so many changes with keys and values of so many bytes; what comes back is to be given back when it is done.
   * Those who ask get it in the order in which they ask. @throws {DiskFullError}
   */
  take(changes: number, bytes: number): Promise<number> {
    const taken = this.#last.then(() => this.#take(changes, bytes))
    this.#last = taken.catch(() => {})
    return taken
  }

  giveBack(room: number): void {
    this.#promised -= room
    if (this.#promised === 0) this.#onIdle()
  }

  async #take(changes: number, bytes: number): Promise<number> {
    const { pageSize, used } = this.#sizes()
    const pages = used / pageSize
    // each change may copy a page and split it; new rows fill pages half at least; lists of free pages have 8 bytes for each
    const touched = 2.25 * Math.min(changes, pages) + (2 * (bytes + changes * ROW_OVERHEAD)) / pageSize
    const room = pageSize * Math.ceil(touched + pages / 256 + FEW_PAGES)
    const end = used + this.#promised + room
    // else LMDB would make the file longer more than once, and shorter before than it is
    const lacking = end + GROWTH_STEP - 2 * this.#sizes().mapped
    if (lacking > 0) await this.#growMap(lacking)
    await this.#reserve(this.#sizes().used + this.#promised + room)
    this.#promised += room
    return room
  }

  /** Room for what makes the map longer; afterwards that is free again. */
  async #growMap(lacking: number): Promise<void> {
    while (this.#promised > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    const { used, mapped, pageSize } = this.#sizes()
    const bytes = Math.max(0, mapped - used) + Math.ceil(lacking / 2)
    await this.#reserve(used + this.#promised + bytes + FEW_PAGES * pageSize)
    await this.#grow(bytes)
  }

  async #reserve(end: number): Promise<void> {
    if (this.#solid === undefined) this.#makeSolid(this.#sizes().used)
    const lacking = end - this.#solidEnd()
    if (lacking <= 0) return
    await this.#look(lacking)
    const file = await open(this.#file, 'r+')
    try {
      for (let at = this.#solidEnd(); at < end;) {
        const { bytesWritten } = await file.write(PIECE, 0, PIECE.length, at)
        at += bytesWritten
        this.#solid = at
      }
    } catch (error) {
      throw diskFullOr(error, this.#directory)
    } finally {
      await file.close()
    }
  }

  /** Before anything is taken, so that the last of the disk is left to those who need less. */
  async #look(lacking: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.#directory)
    const free = bavail * bsize
    if (free < lacking) throw new DiskFullError(this.#directory, new Error(`${lacking} bytes are needed, and ${free} are free`))
  }

  /** LMDB may have made the file shorter when it made it longer than its map. */
  #solidEnd(): number {
    this.#solid = Math.min(this.#solid!, statSync(this.#file).size)
    return this.#solid
  }

  #fill(end: number, write: (from: number, length: number) => number): void {
    try {
      while (this.#solid! < end) this.#solid! += write(this.#solid!, Math.min(PIECE.length, end - this.#solid!))
    } catch (error) {
      throw diskFullOr(error, this.#directory)
    }
  }

  /** Files that were made without this, or copied, may have holes: what they seem to hold is written once. */
  #makeSolid(used: number): void {
    const { size, blocks } = statSync(this.#file)
    if (blocks * 512 < Math.min(size, used)) {
      const file = openSync(this.#file, 'r+')
      const piece = Buffer.alloc(PIECE.length)
      try {
        this.#solid = 0
        this.#fill(used, (from, length) => writeSync(file, piece, 0, readSync(file, piece, 0, length, from), from))
      } finally {
        closeSync(file)
      }
    }
    this.#solid = Math.min(used, size)
  }
}
