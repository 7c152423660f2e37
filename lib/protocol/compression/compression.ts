import { ProtocolError } from '../protocol-error.ts'

/** By Kafka's names (compression.type). */
export type CompressionType = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** Compresses and decompresses the records of a batch, synchronously. */
export interface Codec {
  compress(bytes: Buffer): Uint8Array
  /** @throws when the bytes are damaged, or would become more than `limit` bytes */
  decompress(bytes: Buffer, limit: number): Buffer
}

type Loadable = Exclude<CompressionType, 'none'>

const loaders: { readonly [T in Loadable]: { readonly module: string; load(): Promise<Codec> } } = {
  gzip: { module: 'node:zlib', load: async () => (await import('./gzip.ts')).gzip },
  snappy: { module: 'snappy', load: async () => (await import('./snappy.ts')).snappyCodec(await import('snappy')) },
  lz4: { module: 'lz4-napi', load: async () => (await import('./lz4.ts')).lz4Codec(await import('lz4-napi')) },
  zstd: { module: '@bokuweb/zstd-wasm', load: async () => (await import('./zstd.ts')).loadZstd() },
}

const loaded = new Map<CompressionType, Codec>()
const loading = new Map<CompressionType, Promise<void>>()

/** Whether batches of the type can be read and written at once. */
export const isCompressionLoaded = (type: CompressionType): boolean => type === 'none' || loaded.has(type)

/**
 * Loads a codec, once; nothing is loaded before a batch or a configuration names it. Afterwards compressing and
 * decompressing are synchronous.
 * @throws {ProtocolError} MILLRACE_PROTOCOL_COMPRESSION when its package cannot be loaded
 */
export const loadCompression = (type: CompressionType): Promise<void> => {
  if (type === 'none' || loaded.has(type)) return Promise.resolve()
  let pending = loading.get(type)
  if (pending === undefined) {
    pending = load(type).finally(() => loading.delete(type))
    loading.set(type, pending)
  }
  return pending
}

const load = async (type: Loadable): Promise<void> => {
  const { module, load } = loaders[type]
  try {
    loaded.set(type, await load())
  } catch (error) {
    throw new ProtocolError('MILLRACE_PROTOCOL_COMPRESSION', `${type} compression needs the package '${module}', which cannot be loaded; install it with: npm install ${module}`, { cause: error })
  }
}

const codec = (type: CompressionType): Codec => {
  const found = loaded.get(type)
  if (found === undefined) throw new ProtocolError('MILLRACE_PROTOCOL_COMPRESSION', `${type} compression is not loaded; await loadCompression('${type}') first`)
  return found
}

/** @throws {ProtocolError} MILLRACE_PROTOCOL_COMPRESSION when the codec was not loaded */
export const compress = (type: CompressionType, bytes: Buffer): Uint8Array => codec(type).compress(bytes)

/**
 * @throws {ProtocolError} MILLRACE_PROTOCOL_COMPRESSION when the codec was not loaded, MILLRACE_PROTOCOL_TOO_LARGE when the
 * result would be larger than `limit` bytes; the codec's own error when the bytes are damaged
 */
export const decompress = (type: CompressionType, bytes: Buffer, limit: number): Buffer => codec(type).decompress(bytes, limit)
