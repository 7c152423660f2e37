/** A record as every client can give it: bytes, a time and headers in order. */
export interface ExchangedRecord {
  readonly key: Buffer | undefined
  readonly value: Buffer | undefined
  /** ms since the epoch; undefined: the client chooses it. */
  readonly timestamp: number | undefined
  readonly headers: readonly (readonly [name: string, value: Buffer | undefined])[]
}

const hex = (bytes: Buffer | undefined): string => (bytes === undefined ? 'null' : bytes.toString('hex'))

/** Everything that must not change on the way, as one line. */
export const lineOf = (record: ExchangedRecord, withTimestamp: boolean): string => {
  const headers = record.headers.map(([name, value]) => `${name}=${hex(value)}`).join(',')
  return `${hex(record.key)} ${hex(record.value)} ${withTimestamp ? record.timestamp : ''} [${headers}]`
}

/** What differs first; undefined when nothing does. Timestamps are compared where the sender sets them. */
export const difference = (sent: readonly ExchangedRecord[], received: readonly ExchangedRecord[]): string | undefined => {
  if (received.length !== sent.length) return `${sent.length} records sent, ${received.length} received`
  for (const [index, record] of sent.entries()) {
    const withTimestamp = record.timestamp !== undefined
    const [want, got] = [lineOf(record, withTimestamp), lineOf(received[index]!, withTimestamp)]
    if (want !== got) return `record ${index}: sent ${want.slice(0, 200)}, received ${got.slice(0, 200)}`
  }
  return undefined
}

const text = (data: string): Buffer => Buffer.from(data)

/** Texts only, none of them empty: what the Java console producer can be told to send. */
export const textRecords = (timestamp: number | undefined): ExchangedRecord[] => [
  { key: text('a'), value: text('first'), timestamp, headers: [] },
  { key: undefined, value: text('no key'), timestamp, headers: [] },
  { key: text('gone'), value: undefined, timestamp, headers: [] },
  { key: text('käse 🧀'), value: text('Ünïcödé ☃'), timestamp, headers: [['trace', text('4bf9')], ['ünder', text('☂')]] },
  { key: text('twice'), value: text('the same header'), timestamp, headers: [['h', text('1')], ['h', text('2')]] },
  ...Array.from({ length: 500 }, (_, n) => ({ key: text(`key-${n}`), value: text(`value ${n} ${'lorem ipsum '.repeat(n % 20)}`), timestamp, headers: [] })),
]

/** Also what no text is: all bytes, empty keys and values, null headers, a large value. */
export const anyRecords = (timestamp: number): ExchangedRecord[] => [
  ...textRecords(timestamp),
  { key: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)), value: Buffer.from(Array.from({ length: 256 }, (_, byte) => 255 - byte)), timestamp, headers: [] },
  { key: Buffer.alloc(0), value: Buffer.alloc(0), timestamp: timestamp + 1, headers: [['empty', Buffer.alloc(0)]] },
  { key: undefined, value: undefined, timestamp, headers: [['none', undefined]] },
  { key: text('large'), value: Buffer.alloc(200_000, 'abcdefghij'), timestamp, headers: [] },
]
