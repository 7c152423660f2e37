import { Serdes, serdeFrom, SerializationError } from '../../lib/index.ts'
import type { WineRecord } from '../../lib/models/index.ts'
import { decodeWineRecord, encodeWineRecord } from '../../lib/models/index.ts'
import type { ScoreMessage } from './score-message.ts'

/** Records to score. Bytes that are no such record are refused with the reason, and go to the dead-letter topic. */
export const wineRecordSerde = serdeFrom<WineRecord>(
  { serialize: (_topic, record) => (record === undefined ? undefined : encodeWineRecord(record)) },
  { deserialize: (_topic, bytes) => decodeWineRecord(valueOf(bytes)) },
)

const valueOf = (bytes: Uint8Array | undefined): Uint8Array => {
  if (bytes === undefined) throw new SerializationError('the record has no value')
  return bytes
}

export const scoreSerde = Serdes.json<ScoreMessage>()
