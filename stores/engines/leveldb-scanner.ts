import { createRequire } from 'node:module'
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { StreamsError } from '../../lib/core/errors.ts'
import { SCAN_WORKER_SOURCE } from './leveldb-scan-worker.ts'

/** What the worker is asked. Bounds are half-open: `gte` ≤ key < `lt`. */
export interface ScanRequest {
  readonly location: string
  readonly gte: Buffer
  readonly lt: Buffer
  readonly reverse: boolean
  /** Rows at most. */
  readonly limit: number
}

export interface ScannedRow {
  readonly key: Buffer
  readonly value: Buffer
}

interface Reply {
  readonly id: number
  readonly error?: string
  /** Rows one after the other: length of key, length of value (32 bits each), key, value. */
  readonly rows?: ArrayBuffer
  readonly count?: number
}

/** A disk that does not answer for this long is taken for broken. */
const TIMEOUT_MS = 60_000

/**
 * Synchronous scans of LevelDB databases, which classic-level cannot do: a worker that opened the same database reads, and
 * this thread sleeps until it has. About 0.1 ms per scan and a million rows per second, so for wide and rare ranges; one
 * worker serves all databases of the process, and starts with the first scan (some 50 ms).
 */
class Scanner {
  readonly #port: MessagePort
  /** Counts replies; what this thread sleeps on. */
  readonly #replies = new Int32Array(new SharedArrayBuffer(4))
  readonly #locations = new Set<string>()
  #id = 0

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    const modulePath = createRequire(import.meta.url).resolve('level')
    const worker = new Worker(SCAN_WORKER_SOURCE, {
      eval: true,
      name: 'millrace-leveldb-scan',
      workerData: { modulePath, port: port2, replies: this.#replies },
      transferList: [port2],
    })
    worker.unref()
  }

  scan(request: ScanRequest): ScannedRow[] {
    this.#locations.add(request.location)
    return unpack(Buffer.from(this.#ask({ op: 'scan', ...request }).rows!))
  }

  count(request: ScanRequest): number {
    this.#locations.add(request.location)
    return this.#ask({ op: 'count', ...request }).count!
  }

  forget(location: string): void {
    if (this.#locations.delete(location)) this.#ask({ op: 'close', location })
  }

  #ask(request: object): Reply {
    const id = ++this.#id
    let seen = Atomics.load(this.#replies, 0)
    this.#port.postMessage({ id, ...request })
    const deadline = Date.now() + TIMEOUT_MS
    for (;;) {
      Atomics.wait(this.#replies, 0, seen, Math.max(0, deadline - Date.now()))
      seen = Atomics.load(this.#replies, 0)
      for (let received = receiveMessageOnPort(this.#port); received; received = receiveMessageOnPort(this.#port)) {
        const reply = received.message as Reply
        // An earlier request may have been given up.
        if (reply.id !== id) continue
        if (reply.error !== undefined) throw new StreamsError('MILLRACE_STORE_SCAN_FAILED', `LevelDB could not be scanned: ${reply.error}`)
        return reply
      }
      if (Date.now() >= deadline) {
        throw new StreamsError('MILLRACE_STORE_SCAN_TIMEOUT', `LevelDB gave no rows within ${TIMEOUT_MS} ms; the disk does not answer`)
      }
    }
  }
}

const unpack = (packed: Buffer): ScannedRow[] => {
  const rows: ScannedRow[] = []
  for (let p = 0; p < packed.length;) {
    const keyEnd = p + 8 + packed.readUInt32LE(p)
    const end = keyEnd + packed.readUInt32LE(p + 4)
    rows.push({ key: packed.subarray(p + 8, keyEnd), value: packed.subarray(keyEnd, end) })
    p = end
  }
  return rows
}

let scanner: Scanner | undefined

export const scan = (request: ScanRequest): ScannedRow[] => (scanner ??= new Scanner()).scan(request)

/** The number of rows: exact up to `limit`, an estimate from the size of the files beyond. */
export const count = (request: ScanRequest): number => (scanner ??= new Scanner()).count(request)

/** The worker closes its side of a database; call it before closing one's own. */
export const forget = (location: string): void => scanner?.forget(location)
