import { crc32c as native } from '@node-rs/crc32'

/** CRC-32C (Castagnoli) of the bytes as an unsigned 32-bit integer: the checksum of record batches. */
export const crc32c = (bytes: Uint8Array): number => native(bytes)
