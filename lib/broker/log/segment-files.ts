import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { crc32c } from '../../core/crc32c.ts'
import type { ProducerEntry } from './producer-state.ts'
import type { SegmentSummary } from './segment.ts'

const DIGITS = 20

/** `00000000000000000042.log`: names that sort as their offsets do. */
export const segmentFile = (directory: string, baseOffset: number, extension: 'log' | 'index' | 'producers'): string =>
  path.join(directory, `${String(baseOffset).padStart(DIGITS, '0')}.${extension}`)

/** The base offsets of all files of a kind in the directory, ascending. */
export const baseOffsetsIn = (directory: string, extension: string): number[] => {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((name) => name.endsWith(`.${extension}`))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b)
}

/** Writes a file so that it is there whole or not at all: text after its checksum. */
const writeChecked = (file: string, text: string): void => {
  writeFileSync(`${file}.new`, `${crc32c(Buffer.from(text))} ${text}`)
  renameSync(`${file}.new`, file)
}

const readChecked = (file: string): string | undefined => {
  if (!existsSync(file)) return undefined
  const all = readFileSync(file, 'utf8')
  const space = all.indexOf(' ')
  const text = all.slice(space + 1)
  return crc32c(Buffer.from(text)) === Number(all.slice(0, space)) ? text : undefined
}

/** What a closed segment is like, so that opening it again needs no reading through it. */
export const writeSummary = (directory: string, summary: SegmentSummary): void =>
  writeChecked(segmentFile(directory, summary.baseOffset, 'index'), JSON.stringify(summary))

export const readSummary = (directory: string, baseOffset: number): SegmentSummary | undefined => {
  const text = readChecked(segmentFile(directory, baseOffset, 'index'))
  return text === undefined ? undefined : (JSON.parse(text) as SegmentSummary)
}

/** What producers had written before this offset; older ones are of no use then. */
export const writeProducers = (directory: string, offset: number, entries: readonly ProducerEntry[]): void => {
  const older = baseOffsetsIn(directory, 'producers').filter((other) => other < offset)
  writeChecked(segmentFile(directory, offset, 'producers'), JSON.stringify(entries))
  for (const other of older) rmSync(segmentFile(directory, other, 'producers'), { force: true })
}

/** The newest snapshot at or before the offset, and where it ends. */
export const readProducers = (directory: string, atMost: number): { readonly offset: number; readonly entries: readonly ProducerEntry[] } => {
  for (const offset of baseOffsetsIn(directory, 'producers').reverse()) {
    const text = offset <= atMost ? readChecked(segmentFile(directory, offset, 'producers')) : undefined
    if (text !== undefined) return { offset, entries: JSON.parse(text) as ProducerEntry[] }
  }
  return { offset: -1, entries: [] }
}
