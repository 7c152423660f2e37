import { ModelError, messageOf } from './errors.ts'
import type { FieldMapping } from './model.ts'
import { protoRoot } from './proto-types.ts'

/** Eleven measurements of a wine and the type of record; property names are those of the protobuf message. */
export interface WineRecord {
  readonly fixed_acidity: number
  readonly volatile_acidity: number
  readonly citric_acid: number
  readonly residual_sugar: number
  readonly chlorides: number
  readonly free_sulfur_dioxide: number
  readonly total_sulfur_dioxide: number
  readonly density: number
  readonly pH: number
  readonly sulphates: number
  readonly alcohol: number
  /** `wine`. */
  readonly dataType: string
}

/** Fields of wine models (the headings of the data file) and where a {@link WineRecord} has them, in the order of a tensor. */
export const wineFields: FieldMapping = {
  'fixed acidity': 'fixed_acidity',
  'volatile acidity': 'volatile_acidity',
  'citric acid': 'citric_acid',
  'residual sugar': 'residual_sugar',
  chlorides: 'chlorides',
  'free sulfur dioxide': 'free_sulfur_dioxide',
  'total sulfur dioxide': 'total_sulfur_dioxide',
  density: 'density',
  pH: 'pH',
  sulphates: 'sulphates',
  alcohol: 'alcohol',
}

const message = protoRoot.lookupType('WineRecord')
const measurements = Object.values(wineFields) as (keyof WineRecord)[]
const malformed = (why: string, cause?: unknown): ModelError =>
  new ModelError('MILLRACE_MODEL_RECORD_MALFORMED', `not a wine record: ${why}`, { cause })

const check = (record: WineRecord): WineRecord => {
  for (let i = 0; i < measurements.length; i++) {
    const value = record[measurements[i]!]
    if (!Number.isFinite(value)) throw malformed(`${measurements[i]} is ${String(value)}, not a finite number`)
  }
  if (typeof record.dataType !== 'string' || record.dataType === '') throw malformed('it has no data type; set field 12, dataType')
  return record
}

/** @throws {ModelError} `MILLRACE_MODEL_RECORD_MALFORMED` when a measurement is not a finite number or the type is empty */
export const encodeWineRecord = (record: WineRecord): Buffer => {
  const bytes = message.encode(check(record) as unknown as Record<string, unknown>).finish()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** @throws {ModelError} `MILLRACE_MODEL_RECORD_MALFORMED` when the bytes are no wine record */
export const decodeWineRecord = (bytes: Uint8Array): WineRecord => {
  let record: WineRecord
  try {
    record = message.decode(bytes) as unknown as WineRecord
  } catch (cause) {
    throw malformed(messageOf(cause), cause)
  }
  return check(record)
}

/**
 * A record from one line of the data file: the eleven measurements in order; what follows (the known quality) is ignored.
 * @throws {ModelError} `MILLRACE_MODEL_RECORD_MALFORMED`
 */
export const wineRecordFromCsv = (line: string, separator = ';'): WineRecord => {
  const cells = line.trim().split(separator)
  if (cells.length < measurements.length) throw malformed(`${cells.length} cells where ${measurements.length} are needed: ${line.slice(0, 80)}`)
  const record: Record<string, number | string> = { dataType: 'wine' }
  measurements.forEach((name, i) => { record[name] = cells[i]!.trim() === '' ? NaN : Number(cells[i]) })
  return check(record as unknown as WineRecord)
}
