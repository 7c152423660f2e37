import type { ByteWriter } from '../core/byte-writer.ts'
import { makeSerde } from './make-serde.ts'
import { wrongValue } from './wrong-data.ts'

/** Above this, a native search is faster than a loop over characters. */
const LOOP_LENGTH = 48
 
const NOT_ASCII = /[^\x00-\x7f]/

const isAscii = (text: string): boolean => {
  if (text.length > LOOP_LENGTH) return !NOT_ASCII.test(text)
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

const write = (data: string, out: ByteWriter): void => {
  if (typeof data !== 'string') throw wrongValue('Serdes.string', 'a string', data)
  out.writeUtf8(data)
}

/**
 * UTF-8 text, as Java's StringSerializer. Half of a surrogate pair, which has no UTF-8 form, becomes U+FFFD (Java: `?`);
 * bytes that are not UTF-8 are read as U+FFFD, as in Java.
 */
export const string = makeSerde<string>({
  immutable: true,
  write,
  read: (buffer, start, end) => buffer.utf8Slice(start, end),
  toStoreKey(data) {
    if (typeof data !== 'string') throw wrongValue('Serdes.string', 'a string', data)
    return isAscii(data) ? data : Buffer.from(data).latin1Slice()
  },
  fromStoreKey: (key) => (isAscii(key) ? key : Buffer.from(key, 'latin1').utf8Slice()),
})
