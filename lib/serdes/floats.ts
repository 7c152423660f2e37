import { makeSerde } from './make-serde.ts'
import { wrongLength, wrongValue } from './wrong-data.ts'

/** 8 bytes, IEEE 754, big endian, as Java's Double; every NaN is written as 7ff8000000000000. */
export const double = makeSerde<number>({
  immutable: true,
  fixedSize: 8,
  write(data, out) {
    if (typeof data !== 'number') throw wrongValue('Serdes.double', 'a number', data)
    out.ensure(8)
    out.buffer.writeDoubleBE(Number.isNaN(data) ? NaN : data, out.position)
    out.position += 8
  },
  read(buffer, start, end) {
    if (end - start !== 8) throw wrongLength('Serdes.double', 8, end - start)
    return buffer.readDoubleBE(start)
  },
})

/** 4 bytes, IEEE 754, big endian, as Java's Float. A number is rounded to the nearest float. */
export const float = makeSerde<number>({
  // Stores must keep the bytes: the number that was put is not the one that will be read.
  immutable: false,
  fixedSize: 4,
  write(data, out) {
    if (typeof data !== 'number') throw wrongValue('Serdes.float', 'a number', data)
    out.ensure(4)
    out.buffer.writeFloatBE(Number.isNaN(data) ? NaN : data, out.position)
    out.position += 4
  },
  read(buffer, start, end) {
    if (end - start !== 4) throw wrongLength('Serdes.float', 4, end - start)
    return buffer.readFloatBE(start)
  },
})
