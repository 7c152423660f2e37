import { Headers } from '../core/headers.ts'
import { partitionForKey } from '../core/murmur2.ts'
import type { ProducerMessage } from './types.ts'

/** Bytes of a message's key or value; absent and null are a null. */
export const bytesOf = (data: Uint8Array | string | null | undefined): Uint8Array | undefined =>
  data == null ? undefined : typeof data === 'string' ? Buffer.from(data) : data

export const headersOf = (headers: ProducerMessage['headers']): Headers => {
  if (headers == null) return Headers.empty
  if (headers instanceof Headers) return headers
  return Headers.of(Object.entries(headers).map(([key, value]) => ({ key, value: typeof value === 'string' ? Buffer.from(value) : value })))
}

/** Where a message goes: where it says, by its key, or else (all keyless messages of one call together) to `keyless`. */
export const partitionOf = (message: ProducerMessage, key: Uint8Array | undefined, partitions: number, keyless: number): number =>
  message.partition ?? (key === undefined ? keyless % partitions : partitionForKey(key, partitions))
