import { spawn } from 'node:child_process'
import type { ExchangedRecord } from './exchanged-record.ts'
import type { Compression } from './our-client.ts'

/** What stands between the parts of a record: no record has it in its bytes. */
const KEY = '<#K#>'
const HEADERS = '<#H#>'
const HEADER = '<#h#>'
const LINE = '<#L#>\n'
const NULL = '<#null#>'

const PATIENCE_MS = 30_000

/** Writes and reads one partition with the console tools of Apache Kafka. */
export class JavaConsole {
  readonly #brokers: string
  readonly #classpath: string

  /** `classpath`: where `kafka-tools` and what it needs are. */
  constructor(brokers: string, classpath: string) {
    this.#brokers = brokers
    this.#classpath = classpath
  }

  async read(topic: string, count: number): Promise<ExchangedRecord[]> {
    const properties = {
      'print.timestamp': 'true', 'print.headers': 'true', 'print.key': 'true', 'print.value': 'true',
      'key.separator': KEY, 'headers.separator': HEADER, 'line.separator': LINE, 'null.literal': NULL,
    }
    const output = await this.#run('org.apache.kafka.tools.consumer.ConsoleConsumer', [
      '--topic', topic, '--from-beginning', '--max-messages', String(count), '--timeout-ms', String(PATIENCE_MS),
      ...Object.entries(properties).flatMap(([name, value]) => ['--formatter-property', `${name}=${value}`]),
    ])
    return split(output, Buffer.from(LINE)).slice(0, -1).map(parse)
  }

  async write(topic: string, records: readonly ExchangedRecord[], compression: Compression): Promise<void> {
    const properties = {
      'parse.headers': 'true', 'parse.key': 'true', 'headers.delimiter': HEADERS, 'headers.separator': HEADER,
      'headers.key.separator': ':', 'key.separator': KEY, 'null.marker': NULL,
    }
    const lines = records.map(({ key, value, headers }) => {
      const text = (bytes: Buffer | undefined): string => bytes?.toString() ?? NULL
      const head = headers.length === 0 ? NULL : headers.map(([name, data]) => `${name}:${text(data)}`).join(HEADER)
      return `${head}${HEADERS}${text(key)}${KEY}${text(value)}\n`
    })
    await this.#run(
      'org.apache.kafka.tools.ConsoleProducer',
      [
        '--topic', topic, '--compression-codec', compression,
        ...Object.entries(properties).flatMap(([name, value]) => ['--reader-property', `${name}=${value}`]),
      ],
      lines.join(''),
    )
  }

  #run(tool: string, args: readonly string[], input = ''): Promise<Buffer> {
    const jvm = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-Dfile.encoding=UTF-8', '-cp', this.#classpath]
    const child = spawn('java', [...jvm, tool, '--bootstrap-server', this.#brokers, ...args])
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (bytes: Buffer) => out.push(bytes))
    child.stderr.on('data', (bytes: Buffer) => err.push(bytes))
    child.stdin.end(input)
    return new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code) => {
        if (code === 0) resolve(Buffer.concat(out))
        else reject(new Error(`${tool} ended with ${code}: ${Buffer.concat(err).toString().slice(-500)}`))
      })
    })
  }
}

const split = (bytes: Buffer, separator: Buffer): Buffer[] => {
  const parts: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(separator); at >= 0; at = bytes.indexOf(separator, from)) {
    parts.push(bytes.subarray(from, at))
    from = at + separator.length
  }
  parts.push(bytes.subarray(from))
  return parts
}

const orNull = (bytes: Buffer | undefined): Buffer | undefined => (bytes === undefined || bytes.equals(Buffer.from(NULL)) ? undefined : bytes)

/** `CreateTime:1`, headers, key and value, each behind the key separator. */
const parse = (line: Buffer): ExchangedRecord => {
  const [time, headers, key, value] = split(line, Buffer.from(KEY))
  const pairs = String(headers) === 'NO_HEADERS' || headers === undefined ? [] : split(headers, Buffer.from(HEADER))
  return {
    key: orNull(key),
    value: orNull(value),
    timestamp: Number(/\d+/.exec(String(time))?.[0]),
    headers: pairs.map((pair) => {
      const colon = pair.indexOf(':')
      return [pair.subarray(0, colon).toString(), orNull(pair.subarray(colon + 1))] as const
    }),
  }
}
