import { timeOfPrefix, timePrefix } from '../timed/timed-key.ts'

/** Says that the time comes first. */
const MARK = '\0'
const PREFIX_BYTES = 9
const SEQUENCE_BYTES = 4

export const MAX_SEQUENCE = 0x7fffffff

/** A row's key as in Kafka Streams' grace buffers: a mark, 8 bytes of time, the record's key, 4 bytes that tell equals apart. */
export const composeKey = (time: number, key: string, sequence: number): string =>
  MARK + timePrefix(time) + key + String.fromCharCode(sequence >>> 24, (sequence >>> 16) & 255, (sequence >>> 8) & 255, sequence & 255)

export const timeOf = (composed: string): number => timeOfPrefix(composed.slice(MARK.length, PREFIX_BYTES))

export const keyOfComposed = (composed: string): string => composed.slice(PREFIX_BYTES, composed.length - SEQUENCE_BYTES)

export const sequenceOf = (composed: string): number => {
  let sequence = 0
  for (let i = composed.length - SEQUENCE_BYTES; i < composed.length; i++) sequence = sequence * 256 + composed.charCodeAt(i)
  return sequence
}
