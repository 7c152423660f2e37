import { readFileSync } from 'node:fs'
import { ConfigError } from '../lib/core/errors.ts'
import type { StreamsConfigInput } from './config.ts'

/** What stands for one character after a backslash; any other character stands for itself. */
const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

const unescaped = (text: string): string =>
  text.replace(/\\(?:u(.{0,4})|([^]?))/g, (_, hex: string | undefined, letter: string | undefined) => {
    if (hex === undefined) return ESCAPES[letter ?? ''] ?? letter ?? ''
    if (!/^[\da-fA-F]{4}$/.test(hex)) throw new ConfigError(`\\u${hex} in a properties file: \\u takes four hexadecimal digits`)
    return String.fromCharCode(parseInt(hex, 16))
  })

/** Lines that end with an odd number of backslashes go on in the next one, whose leading blanks do not count. */
const logicalLines = (text: string): string[] => {
  const lines: string[] = []
  let begun = ''
  for (const natural of text.split(/\r\n|\n|\r/)) {
    const line = natural.replace(/^[ \t\f]+/, '')
    if (begun === '' && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue
    const goesOn = (/\\*$/.exec(line)?.[0].length ?? 0) % 2 === 1
    begun += goesOn ? line.slice(0, -1) : line
    if (goesOn) continue
    if (begun !== '') lines.push(begun)
    begun = ''
  }
  if (begun !== '') lines.push(begun)
  return lines
}

/**
 * Reads the text of a Java properties file: `name=value`, `name: value` or `name value` a line, `#` and `!` before comments,
 * a backslash at the end of lines that go on, `\t`, `\n`, `\\`, `\u00e9` … inside. The later of two equal names counts.
 * @throws {ConfigError} for `\u` without four hexadecimal digits
 */
export const parseProperties = (text: string): Record<string, string> => {
  const entries = logicalLines(text).map((line) => {
    const [, name = '', value = ''] = /^((?:\\[^]|[^\\:= \t\f])*)[ \t\f]*[:=]?[ \t\f]*([^]*)$/.exec(line) ?? []
    return [unescaped(name), unescaped(value)] as const
  })
  return Object.fromEntries(entries)
}

/**
 * The configuration of an application from a properties file, as Java's applications have: give it to `new KafkaStreams`.
 * Names of Java's own classes mean what stands here for them, such as `…Serdes$StringSerde` for `Serdes.string`.
 * @throws {ConfigError} when it is no properties file; the names and values are checked by `new StreamsConfig`
 */
export const loadProperties = (file: string): StreamsConfigInput => parseProperties(readFileSync(file, 'utf8'))
