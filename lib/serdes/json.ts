import { SerializationError } from '../core/errors.ts'
import { makeSerde } from './make-serde.ts'
import type { Serde } from './serde.ts'
import { string } from './string.ts'

const toText = (data: unknown): string => {
  let text: string | undefined
  try {
    text = JSON.stringify(data)
  } catch (error) {
    throw new SerializationError(`Serdes.json cannot write the value: ${(error as Error).message}`, { cause: error })
  }
  if (text === undefined) throw new SerializationError(`Serdes.json cannot write a ${typeof data}`)
  return text
}

const parse = <T>(text: string): T => {
  try {
    return (JSON.parse(text) ?? undefined) as T
  } catch (error) {
    throw new SerializationError(`Serdes.json cannot read the data: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * UTF-8 JSON text. The type is what the caller says it is: nothing checks it. Stores keep the text, so that changing an
 * object after `put` or `get` changes nothing in the store. The text `null` is read as `undefined`.
 */
export const json = <T = unknown>(): Serde<T> =>
  makeSerde<T>({
    write: (data, out) => out.writeUtf8(toText(data)),
    read: (buffer, start, end) => parse<T>(buffer.utf8Slice(start, end)),
    toStoreKey: (data) => string.toStoreKey!(toText(data)),
    fromStoreKey: (key) => parse<T>(string.fromStoreKey!(key)),
  })
