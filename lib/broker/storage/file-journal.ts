import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, renameSync, write, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { crc32c } from '../../core/crc32c.ts'
import { StorageError } from '../errors.ts'
import type { Journal, JsonValue } from './journal.ts'

const writeTo = promisify(write)

const HEADER = 8
/** Smaller journals are never rewritten. */
const REWRITE_BYTES = 4 * 1024 * 1024

const encode = (key: string, value: JsonValue | undefined): Buffer => {
  const text = JSON.stringify(value === undefined ? [key] : [key, value])
  const entry = Buffer.allocUnsafe(HEADER + Buffer.byteLength(text))
  entry.write(text, HEADER)
  entry.writeUInt32BE(entry.length - HEADER, 0)
  entry.writeUInt32BE(crc32c(entry.subarray(HEADER)), 4)
  return entry
}

/** Reads entries up to the first that is not whole; returns where that begins. */
const replay = (bytes: Buffer, live: Map<string, JsonValue>): number => {
  let at = 0
  while (at + HEADER <= bytes.length) {
    const end = at + HEADER + bytes.readUInt32BE(at)
    if (end > bytes.length || crc32c(bytes.subarray(at + HEADER, end)) !== bytes.readUInt32BE(at + 4)) break
    const [key, value] = JSON.parse(bytes.toString('utf8', at + HEADER, end)) as [string, JsonValue?]
    if (value === undefined) live.delete(key)
    else live.set(key, value)
    at = end
  }
  return at
}

/**
 * A journal in a file: entries of length, checksum and JSON. What was torn by a crash at its end is cut off; when most of it
 * is outdated it is written anew beside itself and put in its own place.
 */
export class FileJournal implements Journal {
  readonly #path: string
  readonly #live = new Map<string, JsonValue>()
  #descriptor: number
  #bytes: number
  #liveBytes = 0
  #pending: Buffer[] = []
  #put = 0
  #written = 0
  #waiters: { readonly entries: number; resolve(): void; reject(error: Error): void }[] = []
  #running: Promise<void> | undefined
  #failure: Error | undefined

  constructor(directory: string) {
    this.#path = path.join(directory, 'journal.log')
    this.#descriptor = openSync(this.#path, 'a+')
    const bytes = readFileSync(this.#path)
    this.#bytes = replay(bytes, this.#live)
    if (this.#bytes < bytes.length) ftruncateSync(this.#descriptor, this.#bytes)
    this.#liveBytes = this.#bytes
  }

  *restored(prefix: string): Iterable<readonly [string, JsonValue]> {
    for (const entry of this.#live) if (entry[0].startsWith(prefix)) yield entry
  }

  put(key: string, value: JsonValue): void {
    this.#live.set(key, value)
    this.#append(encode(key, value))
  }

  remove(key: string): void {
    if (this.#live.delete(key)) this.#append(encode(key, undefined))
  }

  #append(entry: Buffer): void {
    // A gap must not come about: after the first failure nothing is written any more.
    if (this.#failure !== undefined) return
    this.#pending.push(entry)
    this.#put++
    this.#running ??= this.#run()
  }

  flushed(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#written === this.#put) return undefined
    const entries = this.#put
    return new Promise((resolve, reject) => this.#waiters.push({ entries, resolve, reject }))
  }

  async #run(): Promise<void> {
    // Entries put in the same turn go out together.
    await undefined
    try {
      while (this.#pending.length > 0) await this.#writePending()
    } catch (error) {
      this.#fail(error as Error)
    }
    this.#running = undefined
  }

  #fail(cause: Error): void {
    this.#failure = new StorageError('the journal', cause)
    this.#pending = []
    for (const { reject } of this.#waiters.splice(0)) reject(this.#failure)
  }

  async #writePending(): Promise<void> {
    const bytes = Buffer.concat(this.#pending)
    const entries = this.#written + this.#pending.length
    this.#pending = []
    if (this.#bytes + bytes.length > Math.max(REWRITE_BYTES, this.#liveBytes * 2)) {
      this.#rewrite()
    } else {
      for (let at = 0; at < bytes.length;) at += (await writeTo(this.#descriptor, bytes, at)).bytesWritten
      this.#bytes += bytes.length
    }
    this.#written = entries
    while (this.#waiters.length > 0 && this.#waiters[0]!.entries <= entries) this.#waiters.shift()!.resolve()
  }

  /** All that is live, what is pending included, in a new file. */
  #rewrite(): void {
    const bytes = Buffer.concat([...this.#live].map(([key, value]) => encode(key, value)))
    const beside = `${this.#path}.new`
    const descriptor = openSync(beside, 'w')
    writeFileSync(descriptor, bytes)
    fsyncSync(descriptor)
    renameSync(beside, this.#path)
    closeSync(this.#descriptor)
    this.#descriptor = descriptor
    this.#bytes = bytes.length
    this.#liveBytes = bytes.length
  }

  async close(): Promise<void> {
    await this.#running
    fsyncSync(this.#descriptor)
    closeSync(this.#descriptor)
  }
}
