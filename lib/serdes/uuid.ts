import { makeSerde } from './make-serde.ts'
import { SerializationError } from '../core/errors.ts'
import { wrongValue } from './wrong-data.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** A UUID as its 36 characters, as Java's UUIDSerializer writes it: always in lower case. */
export const uuid = makeSerde<string>({
  // Stores must keep the bytes: upper case comes back as lower case.
  immutable: false,
  fixedSize: 36,
  write(data, out) {
    if (typeof data !== 'string' || !UUID.test(data)) throw wrongValue('Serdes.uuid', 'a UUID such as 123e4567-e89b-12d3-a456-426614174000', data)
    out.writeLatin1(data.toLowerCase())
  },
  read(buffer, start, end) {
    const text = buffer.latin1Slice(start, end)
    if (!UUID.test(text)) throw new SerializationError(`Serdes.uuid reads the 36 characters of a UUID, but the data is ${JSON.stringify(text.slice(0, 40))}`)
    return text.toLowerCase()
  },
})
