import { SerializationError } from '../core/errors.ts'
import { readInt64 } from '../core/int64.ts'
import { makeSerde } from './make-serde.ts'
import { wrongLength, wrongValue } from './wrong-data.ts'

const outsideOfNumber = (buffer: Buffer, start: number): SerializationError =>
  new SerializationError(
    `The long ${buffer.readBigInt64BE(start)} is beyond ±2^53 and would lose digits as a number; read it with Serdes.bigint`,
  )

/**
 * 8 bytes, big endian, as Java's Long, as a number: exact, since integers beyond ±(2^53 − 1) are refused with a
 * SerializationError, when written and when read (use {@link bigint} for them).
 */
export const long = makeSerde<number>({
  immutable: true,
  fixedSize: 8,
  write(data, out) {
    if (!Number.isSafeInteger(data)) throw wrongValue('Serdes.long', 'an integer between ±(2^53 − 1) (bigger: Serdes.bigint)', data)
    out.writeInt64(data)
  },
  read(buffer, start, end) {
    if (end - start !== 8) throw wrongLength('Serdes.long', 8, end - start)
    const value = readInt64(buffer, start)
    if (!Number.isSafeInteger(value)) throw outsideOfNumber(buffer, start)
    return value
  },
})

/** 8 bytes, big endian, as Java's Long, as a bigint: all 64 bits, at some cost per record. */
export const bigint = makeSerde<bigint>({
  immutable: true,
  fixedSize: 8,
  write(data, out) {
    if (typeof data !== 'bigint' || BigInt.asIntN(64, data) !== data) {
      throw wrongValue('Serdes.bigint', 'a bigint of 64 bits', data)
    }
    out.ensure(8)
    out.buffer.writeBigInt64BE(data, out.position)
    out.position += 8
  },
  read(buffer, start, end) {
    if (end - start !== 8) throw wrongLength('Serdes.bigint', 8, end - start)
    return buffer.readBigInt64BE(start)
  },
})

/** 4 bytes, big endian, as Java's Integer. */
export const int = makeSerde<number>({
  immutable: true,
  fixedSize: 4,
  write(data, out) {
    if (typeof data !== 'number' || (data | 0) !== data) throw wrongValue('Serdes.int', 'an integer of 32 bits', data)
    out.writeInt32(data)
  },
  read(buffer, start, end) {
    if (end - start !== 4) throw wrongLength('Serdes.int', 4, end - start)
    return buffer.readInt32BE(start)
  },
})

/** 2 bytes, big endian, as Java's Short. */
export const short = makeSerde<number>({
  immutable: true,
  fixedSize: 2,
  write(data, out) {
    if (typeof data !== 'number' || (data << 16) >> 16 !== data) throw wrongValue('Serdes.short', 'an integer of 16 bits', data)
    out.writeInt16(data)
  },
  read(buffer, start, end) {
    if (end - start !== 2) throw wrongLength('Serdes.short', 2, end - start)
    return buffer.readInt16BE(start)
  },
})
