import { chars4, timeOfPrefix, timePrefix } from '../timed-key.ts'
import type { Run } from './run.ts'

/** What stands behind the number of a segment in the keys of its table: first what is known of each run, then the pages. */
const SUMMARY = 's'
const PAGE = 't'
const SEGMENT_CHARS = 8

type Place = Pick<Run, 'segment' | 'id'>

export const summaryKey = ({ segment, id }: Place): string => timePrefix(segment) + SUMMARY + timePrefix(id)

export const pageKey = ({ segment, id }: Place, page: number): string => timePrefix(segment) + PAGE + timePrefix(id) + chars4(page)

/** The range of the summaries of a segment. */
export const summariesOf = (segment: number): { from: string, end: string } => ({
  from: timePrefix(segment) + SUMMARY,
  end: timePrefix(segment) + PAGE,
})

export const idOfSummary = (key: string): number => timeOfPrefix(key.slice(SEGMENT_CHARS + SUMMARY.length))
