import type { RecordChunk, RecordCursor } from '../../core/record-cursor.ts'
import { isCompressionLoaded, loadCompression } from '../compression/compression.ts'
import type { CompressionType } from '../compression/compression.ts'
import { AbortedTransactionFilter } from './aborted-transactions.ts'
import type { AbortedTransaction } from './aborted-transactions.ts'
import { BatchCursor } from './batch-cursor.ts'
import { readBatchHeaders } from './record-batch.ts'
import type { RecordBatch } from './record-batch.ts'

export interface FetchedRecordsOptions {
  /** The bytes of one partition out of a fetch answer: whole batches, and perhaps the beginning of one more. */
  readonly records: Buffer
  /** The offset that was asked for; the first batch may begin before it. */
  readonly fetchOffset: number
  /** With isolation level read_committed: the answer's list. Left out: aborted records are delivered too. */
  readonly abortedTransactions?: readonly AbortedTransaction[] | undefined
  /** Default true. */
  readonly checkCrcs?: boolean | undefined
  /** The most one batch may become when decompressed. Default 512 MiB. */
  readonly maxDecompressedBytes?: number | undefined
  /** Called once by `release`, to give the memory of `records` back to whoever owns it. */
  readonly onRelease?: (() => void) | undefined
}

const MAX_DECOMPRESSED_BYTES = 512 * 1024 * 1024

/**
 * Records of one partition as they came from one fetch. Made from batch headers only; batches are checked and decompressed
 * when the cursor comes to them.
 * @throws {ProtocolError} MILLRACE_PROTOCOL_CORRUPT_BATCH, MILLRACE_PROTOCOL_UNSUPPORTED_MAGIC
 */
export class FetchedRecords implements RecordChunk {
  readonly count: number
  readonly byteLength: number
  readonly nextOffset: number
  /**
   * Resolves when the codecs its batches need are loaded; undefined when they are. Wait for it before `cursor` is used:
   * loading a module is the only thing here that is not synchronous.
   */
  readonly ready: Promise<void> | undefined
  /** True when the bytes hold no whole batch, though they hold something: the fetch must ask for more bytes. */
  readonly isIncomplete: boolean
  readonly #batches: readonly RecordBatch[]
  readonly #options: FetchedRecordsOptions
  #released = false

  constructor(options: FetchedRecordsOptions) {
    const { records, fetchOffset, abortedTransactions } = options
    const filter = abortedTransactions === undefined ? undefined : new AbortedTransactionFilter(abortedTransactions)
    const batches: RecordBatch[] = []
    const missing = new Set<CompressionType>()
    let count = 0
    let nextOffset = fetchOffset
    let end = 0
    for (const batch of readBatchHeaders(records)) {
      end = batch.end
      const dropped = filter === undefined ? batch.isControl : filter.drops(batch)
      if (batch.lastOffset < fetchOffset) continue
      nextOffset = batch.lastOffset + 1
      if (dropped || batch.recordCount === 0) continue
      batches.push(batch)
      count += batch.recordCount
      if (!isCompressionLoaded(batch.compression)) missing.add(batch.compression)
    }
    this.count = count
    this.byteLength = end
    this.nextOffset = nextOffset
    this.isIncomplete = end === 0 && records.length > 0
    this.ready = missing.size === 0 ? undefined : Promise.all([...missing].map(loadCompression)).then(() => {})
    this.#batches = batches
    this.#options = options
  }

  cursor(): RecordCursor {
    const { fetchOffset, checkCrcs = true, maxDecompressedBytes = MAX_DECOMPRESSED_BYTES } = this.#options
    return new BatchCursor(this.#batches, fetchOffset, checkCrcs, maxDecompressedBytes)
  }

  release(): void {
    if (this.#released) return
    this.#released = true
    this.#options.onRelease?.()
  }
}
