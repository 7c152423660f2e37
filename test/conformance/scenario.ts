/** The parts of a scenario file (format: the conformance FORMAT document) that the runner reads. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export interface JsonObject {
  [key: string]: Json
}

export interface Scenario {
  readonly area: string
  readonly name: string
  readonly title?: string
  readonly api?: 'dsl' | 'topology'
  readonly config?: Record<string, string>
  readonly startWallClockMs?: number
  readonly topics?: Record<string, { key: string; value: string }>
  readonly topology: readonly Operation[]
  readonly input?: readonly Step[]
  readonly expect: Expectation
}

export type Operation = JsonObject & { op: string }

export interface Step {
  readonly pipe?: {
    topic: string
    key?: Json
    value?: Json
    keyHex?: string | null
    valueHex?: string | null
    timestamp: number
    headers?: [string, string | null][]
  }
  readonly advanceWallClockMs?: number
}

export interface Expectation {
  readonly describe?: string
  readonly branches?: Record<string, string[]>
  readonly output?: Record<string, Json[]>
  readonly sideEffects?: Json[]
  readonly stores?: Record<string, { type: string; entries: Json[][] }>
  readonly changelogBytes?: Record<string, Json[]>
  readonly changelogKinds?: string[]
  readonly droppedRecordsTotal?: number
  readonly error?: {
    phase: 'build' | 'start' | 'step'
    step?: number
    class: string
    messageContains: string
    compare: 'message' | 'phaseOnly'
    rootCause?: { class: string; messageContains: string }
  }
}

/** Thrown where a scenario needs an operator, store or serde that Millrace does not have yet. */
export class NotBuilt extends Error {}

/** A named member of an operation, as the type it has in the format. */
export const text = (source: JsonObject, name: string): string | undefined => {
  const value = source[name]
  return value === null || value === undefined ? undefined : String(value)
}

export const requiredText = (source: JsonObject, name: string): string => {
  const value = text(source, name)
  if (value === undefined) throw new Error(`the operation ${JSON.stringify(source)} has no ${name}`)
  return value
}

export const integer = (source: JsonObject, name: string): number | undefined => {
  const value = source[name]
  return value === null || value === undefined ? undefined : Number(value)
}

export const flag = (source: JsonObject, name: string): boolean | undefined => {
  const value = source[name]
  return typeof value === 'boolean' ? value : undefined
}

export const object = (source: JsonObject, name: string): JsonObject | undefined => {
  const value = source[name]
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : undefined
}

export const objects = (source: JsonObject, name: string): JsonObject[] => {
  const value = source[name]
  return Array.isArray(value) ? (value as JsonObject[]) : []
}

export const texts = (source: JsonObject, name: string): string[] => {
  const value = source[name]
  return Array.isArray(value) ? value.map(String) : []
}
