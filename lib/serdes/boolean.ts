import { SerializationError } from '../core/errors.ts'
import { makeSerde } from './make-serde.ts'
import { wrongLength, wrongValue } from './wrong-data.ts'

/** One byte, 1 or 0, as Java's BooleanSerializer. */
export const boolean = makeSerde<boolean>({
  immutable: true,
  write(data, out) {
    if (typeof data !== 'boolean') throw wrongValue('Serdes.boolean', 'true or false', data)
    out.writeByte(data ? 1 : 0)
  },
  read(buffer, start, end) {
    if (end - start !== 1) throw wrongLength('Serdes.boolean', 1, end - start)
    const byte = buffer[start]!
    if (byte > 1) throw new SerializationError(`Serdes.boolean reads the byte 0 or 1, but the data is ${byte}`)
    return byte === 1
  },
})
