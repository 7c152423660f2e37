import { Serdes, serdeFrom } from '../../lib/index.ts'
import type { WineRecord } from '../../lib/models/index.ts'
import { decodeWineRecord, encodeWineRecord } from '../../lib/models/index.ts'
import type { ScoreMessage } from './scoring-processor.ts'

/** Records to score. Bytes that are no such record are refused with the reason, and go to the dead-letter topic. */
export const wineRecordSerde = serdeFrom<WineRecord>(
  { serialize: (_topic, record) => (record === undefined ? undefined : encodeWineRecord(record)) },
  { deserialize: (_topic, bytes) => decodeWineRecord(bytes ?? new Uint8Array(0)) },
)

export const scoreSerde = Serdes.json<ScoreMessage>()
