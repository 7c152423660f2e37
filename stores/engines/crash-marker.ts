import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const FILE = 'marker.json'
/** Clocks drift: start times of the same boot, computed twice, are this close. */
const SAME_BOOT_MS = 60_000

interface Marker {
  readonly bootId: string
  readonly cleanClose: boolean
}

/** What differs after each start of the operating system. */
const currentBootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return `started:${Math.round(Date.now() - os.uptime() * 1000)}`
  }
}

const isSameBoot = (a: string, b: string): boolean => {
  if (a === b) return true
  const [startA, startB] = [a, b].map((id) => (id.startsWith('started:') ? Number(id.slice(8)) : NaN))
  return Math.abs(startA! - startB!) < SAME_BOOT_MS
}

const syncFile = (file: string): void => {
  const fd = openSync(file, 'r+')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * Guards files that are written without a sync of the operating system, and so survive the death of the process at any
 * moment but not that of the machine. A directory that was not closed cleanly in an earlier boot is emptied when it is opened:
 * its rows are then restored from the changelog.
 */
export class CrashMarker {
  readonly #directory: string
  readonly #bootId: string

  constructor(directory: string, bootId = currentBootId()) {
    this.#directory = directory
    this.#bootId = bootId
  }

  /** Before the files are opened. True when what was there had to go. */
  open(): boolean {
    const isWiped = this.#isUntrustworthy()
    if (isWiped) rmSync(this.#directory, { recursive: true, force: true })
    mkdirSync(this.#directory, { recursive: true })
    this.#write(false)
    return isWiped
  }

  /** After the files are closed: makes them durable, then says so. */
  close(): void {
    for (const name of readdirSync(this.#directory)) syncFile(path.join(this.#directory, name))
    this.#write(true)
  }

  #isUntrustworthy(): boolean {
    if (!existsSync(this.#directory) || readdirSync(this.#directory).length === 0) return false
    try {
      const marker = JSON.parse(readFileSync(path.join(this.#directory, FILE), 'utf8')) as Marker
      return !marker.cleanClose && !isSameBoot(marker.bootId, this.#bootId)
    } catch {
      // No marker, or half of one: nobody knows when the files were written.
      return true
    }
  }

  #write(cleanClose: boolean): void {
    const file = path.join(this.#directory, FILE)
    const fresh = `${file}.new`
    const fd = openSync(fresh, 'w')
    try {
      writeSync(fd, JSON.stringify({ bootId: this.#bootId, cleanClose } satisfies Marker))
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(fresh, file)
  }
}
