import type { MemoryBudget } from './memory-budget.ts'
import type { SegmentBytes, Written } from './segment-bytes.ts'

const FIRST_BLOCK = 16 * 1024
const LARGEST_BLOCK = 1024 * 1024

interface Block {
  readonly start: number
  readonly bytes: Buffer
  used: number
}

/**
 * A segment in memory: blocks that grow from 16 KiB to 1 MiB, each holding whole batches one after the other, so that a
 * fetch is a handful of slices however small the batches were.
 */
export class MemoryBytes implements SegmentBytes {
  readonly #budget: MemoryBudget
  #blocks: Block[] = []
  #size = 0
  #reserved = 0

  constructor(budget: MemoryBudget) {
    this.#budget = budget
  }

  get size(): number {
    return this.#size
  }

  get readable(): number {
    return this.#size
  }

  append(batch: Buffer, written: Written): void {
    let block = this.#blocks.at(-1)
    if (block === undefined || block.bytes.length - block.used < batch.length) block = this.#grow(batch.length)
    batch.copy(block.bytes, block.used)
    block.used += batch.length
    this.#size += batch.length
    written()
  }

  #grow(needed: number): Block {
    const doubled = Math.min(LARGEST_BLOCK, FIRST_BLOCK * 2 ** this.#blocks.length)
    const bytes = Buffer.allocUnsafeSlow(Math.max(needed, doubled))
    const block = { start: this.#size, bytes, used: 0 }
    this.#blocks.push(block)
    this.#reserved += bytes.length
    this.#budget.take(bytes.length)
    return block
  }

  peek(position: number, length: number): Buffer {
    const block = this.#blocks[this.#blockOf(position)]
    if (block === undefined) return Buffer.alloc(0)
    const from = position - block.start
    return block.bytes.subarray(from, Math.min(block.used, from + length))
  }

  read(start: number, end: number): Buffer[] {
    const pieces: Buffer[] = []
    for (let i = this.#blockOf(start); i < this.#blocks.length; i++) {
      const block = this.#blocks[i]!
      if (block.start >= end) break
      pieces.push(block.bytes.subarray(Math.max(0, start - block.start), Math.min(block.used, end - block.start)))
    }
    return pieces
  }

  send(start: number, end: number): Buffer[] {
    return this.read(start, end)
  }

  /** The last block that starts at or before the position. */
  #blockOf(position: number): number {
    let low = 0
    let high = this.#blocks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#blocks[middle]!.start <= position) low = middle
      else high = middle - 1
    }
    return low
  }

  close(): void {
    this.delete()
  }

  replaced(): void {
    this.delete()
  }

  delete(): void {
    this.#budget.give(this.#reserved)
    this.#reserved = 0
    this.#blocks = []
    this.#size = 0
  }
}
