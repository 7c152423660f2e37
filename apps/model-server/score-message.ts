import type { OutputValue } from '../../lib/models/index.ts'
import { scoreNumber } from '../../lib/models/index.ts'

/** A score as JSON has it; null: the model has no answer for the record. */
export type ScoreValue = number | string | boolean | null | readonly ScoreValue[]

/** What goes to the output topic for one record, as JSON. */
export interface ScoreMessage {
  /** Name of the model that scored. */
  readonly model: string
  readonly score: ScoreValue
  /** The record's key as text; null when it has none. */
  readonly key: string | null
  readonly dataType: string
  /** Scoring time in ms. */
  readonly duration: number
  /** Where the scored record is. */
  readonly partition: number
  readonly offset: number
}

/**
 * A model's answer as users expect it: a number wherever the prediction is one, also a category that is written as a number;
 * other categories as the model says.
 */
export const scoreValue = (value: OutputValue): ScoreValue => {
  const number = scoreNumber(value)
  if (number !== undefined) return number
  if (value === undefined) return null
  if (value instanceof Float32Array) return Array.from(value)
  return Array.isArray(value) ? value.map(scoreValue) : (value as ScoreValue)
}

/** A score on the console. */
export const shownScore = (value: ScoreValue): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(10))) : typeof value === 'string' ? value : JSON.stringify(value)
