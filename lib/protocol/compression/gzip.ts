import { gunzipSync, gzipSync } from 'node:zlib'
import type { Codec } from './compression.ts'
import { tooLarge } from './limit.ts'

export const gzip: Codec = {
  compress: (bytes) => gzipSync(bytes),
  decompress: (bytes, limit) => {
    try {
      return gunzipSync(bytes, { maxOutputLength: limit })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
      throw error
    }
  },
}
