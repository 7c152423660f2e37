import { partitionKey } from '../core/topic-partition.ts'
import type { TopicPartition } from '../core/topic-partition.ts'
import type { StateRestoreListener } from './restore-listener.ts'

const BAR_CHARS = 24
const DEFAULT_COLUMNS = 80
/** Between two pictures of the bar, and between two lines where there is no terminal, ms. */
const REDRAW_MS = 100
const LINE_MS = 5000
const CLEAR_LINE = '\r\x1b[K'

/** Where progress is written to: `process.stderr`, say. */
export interface ProgressOutput {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

interface Part {
  readonly start: number
  readonly end: number
  position: number
}

const whole = (value: number): string => Math.round(value).toLocaleString('en-US')
const seconds = (ms: number): string => (ms < 10_000 ? (ms / 1000).toFixed(1) : whole(ms / 1000))

/**
 * Shows on the console how restoring goes on: a bar on a terminal, a line every five seconds elsewhere, and a line when all is there.
 * Says nothing where nothing is restored. Give it to `setGlobalStateRestoreListener`.
 */
export class RestoreProgress implements StateRestoreListener {
  readonly #out: ProgressOutput
  readonly #now: () => number
  /** Under way, by partition. */
  readonly #parts = new Map<string, Part>()
  /** Offsets of the parts that are complete since the first began. */
  #finishedOffsets = 0
  #stores = 0
  #records = 0
  #startedAt = 0
  #shownAt = 0

  /** `now`: ms, of a clock that only goes forward. */
  constructor(out: ProgressOutput = process.stderr, now: () => number = () => performance.now()) {
    this.#out = out
    this.#now = now
  }

  onRestoreStart({ topic, partition }: TopicPartition, _storeName: string, startingOffset: number, endingOffset: number): void {
    if (startingOffset >= endingOffset) return
    if (this.#parts.size === 0) this.#begin()
    this.#stores++
    this.#parts.set(partitionKey(topic, partition), { start: startingOffset, end: endingOffset, position: startingOffset })
  }

  #begin(): void {
    this.#finishedOffsets = 0
    this.#stores = 0
    this.#records = 0
    this.#startedAt = this.#now()
    this.#shownAt = this.#startedAt
  }

  onBatchRestored({ topic, partition }: TopicPartition, _storeName: string, batchEndOffset: number, numRestored: number): void {
    const part = this.#parts.get(partitionKey(topic, partition))
    if (part === undefined) return
    part.position = Math.min(part.end, batchEndOffset + 1)
    this.#records += numRestored
    const now = this.#now()
    if (now - this.#shownAt < (this.#out.isTTY === true ? REDRAW_MS : LINE_MS)) return
    this.#shownAt = now
    this.#show(now - this.#startedAt)
  }

  onRestoreEnd(at: TopicPartition): void {
    this.#end(at, 'restored')
  }

  onRestoreSuspended(at: TopicPartition): void {
    this.#end(at, 'restoring was given up:')
  }

  #end({ topic, partition }: TopicPartition, what: string): void {
    const key = partitionKey(topic, partition)
    const part = this.#parts.get(key)
    if (part === undefined) return
    this.#parts.delete(key)
    this.#finishedOffsets += part.end - part.start
    if (this.#parts.size > 0) return
    this.#write(`${what} ${this.#storesText}, ${whole(this.#records)} records in ${seconds(this.#now() - this.#startedAt)} s\n`)
  }

  get #storesText(): string {
    return `${this.#stores} ${this.#stores === 1 ? 'store' : 'stores'}`
  }

  #show(elapsedMs: number): void {
    let done = this.#finishedOffsets
    let all = this.#finishedOffsets
    for (const { start, end, position } of this.#parts.values()) {
      done += position - start
      all += end - start
    }
    const share = done / all
    const perMs = this.#records / elapsedMs
    const left = share > 0 ? (elapsedMs * (1 - share)) / share : Infinity
    const bar = '#'.repeat(Math.floor(share * BAR_CHARS)).padEnd(BAR_CHARS, '-')
    const text = `${whole(this.#records)} records, ${whole(perMs * 1000)}/s${left === Infinity ? '' : `, ${seconds(left)} s left`}`
    const percent = `${Math.floor(share * 100)} %`
    if (this.#out.isTTY === true) this.#write(`restoring ${this.#storesText} [${bar}] ${percent}, ${text}`.slice(0, (this.#out.columns ?? DEFAULT_COLUMNS) - 1))
    else this.#write(`restoring ${this.#storesText}: ${percent}, ${text}\n`)
  }

  #write(text: string): void {
    this.#out.write(this.#out.isTTY === true ? `${CLEAR_LINE}${text}` : text)
  }
}
