import type { RecordBatch } from './record-batch.ts'
import { at } from './batch-format.ts'
import { malformed } from '../protocol-error.ts'
import { ProtocolReader } from '../reader.ts'

/** A transaction that was given up, as a fetch answer lists them for isolation level read_committed. */
export interface AbortedTransaction {
  readonly producerId: number
  /** Of its first record in the partition. */
  readonly firstOffset: number
}

export type TransactionMarker = 'abort' | 'commit'

/**
 * What the control batch says about its producer's transaction; undefined for control records of another kind.
 * @throws {ProtocolError} MILLRACE_PROTOCOL_MALFORMED
 */
export const transactionMarker = (batch: RecordBatch): TransactionMarker | undefined => {
  const reader = new ProtocolReader(batch.buffer, batch.position + at.records, batch.end)
  if (batch.recordCount === 0) return undefined
  reader.varint()
  reader.int8()
  skipVarlong(reader)
  reader.varint()
  const keyLength = reader.varint()
  if (keyLength < 4) throw malformed(`the control record at offset ${batch.baseOffset} has a key of ${keyLength} bytes`)
  reader.int16()
  const type = reader.int16()
  return type === 0 ? 'abort' : type === 1 ? 'commit' : undefined
}

const skipVarlong = (reader: ProtocolReader): void => {
  for (let i = 0; i < 10; i++) if (reader.int8() >= 0) return
  throw malformed(`the varint that ends at position ${reader.position} does not fit 64 bits`)
}

/** Which batches of a fetch belong to aborted transactions. Batches must be shown to it in offset order, all of them. */
export class AbortedTransactionFilter {
  readonly #pending: AbortedTransaction[]
  #next = 0
  readonly #aborted = new Set<number>()

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#pending = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** True when the batch's records must not be delivered. */
  drops(batch: RecordBatch): boolean {
    const last = batch.lastOffset
    while (this.#next < this.#pending.length && this.#pending[this.#next]!.firstOffset <= last) {
      this.#aborted.add(this.#pending[this.#next++]!.producerId)
    }
    if (batch.isControl) {
      if (this.#aborted.size > 0 && transactionMarker(batch) === 'abort') this.#aborted.delete(batch.producerId)
      return true
    }
    return batch.isTransactional && this.#aborted.has(batch.producerId)
  }
}
