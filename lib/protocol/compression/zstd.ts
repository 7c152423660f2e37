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

const viaZlib = (native: ZlibWithZstd): Codec => ({
  compress: (bytes) => native.zstdCompressSync(bytes),
  decompress: (bytes, limit) => {
    try {
      return native.zstdDecompressSync(bytes, { maxOutputLength: limit })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
      throw error
    }
  },
})

/** The wasm build allocates what the frame claims, so every frame is measured before it is given to it. */
const viaWasm = (wasm: WasmZstd): Codec => ({
  compress: (bytes) => wasm.compress(bytes),
  decompress: (bytes, limit) => {
    const pieces: Uint8Array[] = []
    let used = 0
    for (const { start, end, sizeBound } of zstdFrames(bytes)) {
      if (used + sizeBound > limit) throw tooLarge(limit)
      const piece = wasm.decompress(bytes.subarray(start, end), { defaultHeapSize: Math.max(sizeBound, 1) })
      used += piece.length
      pieces.push(piece)
    }
    if (pieces.length === 0) throw malformed('no zstd frame: the magic number is missing')
    const first = pieces[0]!
    return pieces.length === 1 ? Buffer.from(first.buffer, first.byteOffset, first.byteLength) : Buffer.concat(pieces)
  },
})

/** Node's own zstd where there is one, else WebAssembly, made ready here so that using it is synchronous. */
export const loadZstd = async (): Promise<Codec> => {
  if ('zstdDecompressSync' in zlib) return viaZlib(zlib as unknown as ZlibWithZstd)
  const wasm = (await import('@bokuweb/zstd-wasm')) as WasmZstd
  await wasm.init()
  return viaWasm(wasm)
}
