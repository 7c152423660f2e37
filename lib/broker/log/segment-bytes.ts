import type { FramePiece } from '../../protocol/message-writer.ts'

/** Told when a batch has reached its place, or why it could not. */
export type Written = (error?: Error) => void

/**
 * The bytes of one segment: whole batches, appended only. Positions count bytes from the segment's start. The log above
 * knows what the bytes mean, this port where they are.
 */
export interface SegmentBytes {
  /** Bytes appended, whether they have reached their place or not. */
  readonly size: number
  /** Bytes that readers may see: in memory all, on disk those the operating system has. */
  readonly readable: number
  /**
   * Takes one batch and calls back when readers may see it: in memory, where it is copied, at once; on disk when the
   * operating system has it, in the order of the appends, and until then the batch must not change.
   */
  append(batch: Buffer, written: Written): void
  /**
   * A view of up to `length` bytes at `position`, at once; shorter at the end of a block or of the segment, but never
   * shorter than what is left of a batch header.
   */
  peek(position: number, length: number): Buffer
  /** The bytes of [start, end), which readers may see, in as few pieces as they lie. */
  read(start: number, end: number): Buffer[] | Promise<Buffer[]>
  /** The same for a response: what is large may stay where it is until it is sent. */
  send(start: number, end: number): FramePiece[]
  /** Gives files and memory back; on disk the file stays. */
  close(): void
  /** Its place has been taken by a rewritten segment; reads under way still succeed. */
  replaced(): void
  /** Gives everything back. */
  delete(): void
}
