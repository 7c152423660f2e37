import * as zlib from 'node:zlib'
import { malformed } from '../protocol-error.ts'
import type { Codec } from './compression.ts'
import { tooLarge } from './limit.ts'
import { zstdFrames } from './zstd-frame.ts'

/** From Node 22.15 and 23.8 on; the types of Node 20 do not have it. */
interface ZlibWithZstd {
  zstdCompressSync(bytes: Uint8Array): Buffer
  zstdDecompressSync(bytes: Uint8Array, options: { maxOutputLength: number }): Buffer
}

interface WasmZstd {
  init(): Promise<void>
  compress(bytes: Uint8Array): Uint8Array
  decompress(bytes: Uint8Array, options: { defaultHeapSize: number }): Uint8Array
}

/** What the wasm library says (ZSTD_error_dstSize_tooSmall) when more comes out of a frame than it made room for. */
const OUT_OF_ROOM = /code -70$/

/** Decompresses one frame into at most `room` bytes; `isOutOfRoom` tells whether an error means that there were more. */
interface FrameDecoder {
  decompressFrame(frame: Buffer, room: number): Uint8Array
  isOutOfRoom(error: unknown): boolean
}

/** Every frame is measured before it is decompressed: the wasm build takes as much memory as a frame claims. */
const decompressFrames = ({ decompressFrame, isOutOfRoom }: FrameDecoder) => (bytes: Buffer, limit: number): Buffer => {
  const pieces: Uint8Array[] = []
  let used = 0
  for (const { start, end, claimedSize, sizeBound } of zstdFrames(bytes)) {
    if (claimedSize !== undefined && used + claimedSize > limit) throw tooLarge(limit)
    const room = Math.max(1, Math.min(claimedSize ?? sizeBound, limit - used))
    try {
      const piece = decompressFrame(bytes.subarray(start, end), room)
      used += piece.length
      pieces.push(piece)
    } catch (error) {
      if (isOutOfRoom(error)) throw tooLarge(limit)
      throw error
    }
  }
  if (pieces.length === 0) throw malformed('no zstd frame: the magic number is missing')
  const first = pieces[0]!
  return pieces.length === 1 ? Buffer.from(first.buffer, first.byteOffset, first.byteLength) : Buffer.concat(pieces)
}

const viaZlib = (native: ZlibWithZstd): Codec => ({
  compress: (bytes) => native.zstdCompressSync(bytes),
  decompress: decompressFrames({
    decompressFrame: (frame, room) => native.zstdDecompressSync(frame, { maxOutputLength: room }),
    isOutOfRoom: (error) => (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE',
  }),
})

const viaWasm = (wasm: WasmZstd): Codec => ({
  compress: (bytes) => wasm.compress(bytes),
  decompress: decompressFrames({
    decompressFrame: (frame, room) => wasm.decompress(frame, { defaultHeapSize: room }),
    isOutOfRoom: (error) => OUT_OF_ROOM.test((error as Error).message),
  }),
})

/** Node's own zstd where there is one, else WebAssembly, made ready here so that using it is synchronous. */
export const loadZstd = async (): Promise<Codec> => {
  if ('zstdDecompressSync' in zlib) return viaZlib(zlib as unknown as ZlibWithZstd)
  const wasm = (await import('@bokuweb/zstd-wasm')) as WasmZstd
  await wasm.init()
  return viaWasm(wasm)
}
