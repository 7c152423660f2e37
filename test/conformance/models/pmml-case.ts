import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { compilePmml, ModelError, ScoringError } from '../../../lib/models/index.ts'
import { csvRecords } from './csv.ts'
import { equalsCell } from './compare.ts'
import { failed, passed } from './result.ts'
import type { Explanation, Model, ModelSource } from '../../../lib/models/index.ts'
import type { CaseResult } from './result.ts'
import type { Tolerance } from './compare.ts'

/** `missing-value` → `MissingFieldValueException`, as the oracle names it. */
const exceptionNames: Readonly<Record<string, string>> = {
  'value-check': 'ValueCheckException',
  'type-check': 'TypeCheckException',
  'missing-argument': 'MissingArgumentException',
  'missing-field': 'MissingFieldException',
  'missing-value': 'MissingFieldValueException',
  'undefined-result': 'UndefinedResultException',
  evaluation: 'EvaluationException',
  arithmetic: 'ApplyException',
  'invalid-attribute': 'InvalidAttributeException',
  'invalid-element': 'InvalidElementException',
  'missing-attribute': 'MissingAttributeException',
  'missing-element': 'MissingElementException',
  'unsupported-attribute': 'UnsupportedAttributeException',
  'unsupported-element': 'UnsupportedElementException',
  'undefined-function': 'ApplyException',
  'not-implemented': 'NotImplementedException',
  'number-format': 'NumberFormatException',
  'duplicate-field': 'DuplicateFieldValueException',
  'invisible-field': 'InvisibleFieldException',
  'invalid-argument': 'InvalidArgumentException',
  'out-of-range': 'OutOfRangeException',
  'invalid-argument-list': 'InvalidArgumentListException',
}

const toleranceOf = (document: string): Tolerance => {
  if (/x-mathContext="float"|dataType="float"/.test(document)) return { relative: 1e-6, absolute: 1e-9 }
  if (/probit|"erf"|normalIDF|stdNormal|GaussianProcess/.test(document)) return { relative: 1e-7, absolute: 1e-12 }
  return { relative: 1e-9, absolute: 1e-12 }
}

const inputOf = (record: ReadonlyMap<string, string>): Record<string, unknown> => {
  const input: Record<string, unknown> = {}
  for (const [name, cell] of record) {
    if (cell === '') continue
    input[name] = /^\[.*\]$/.test(cell) ? cell.slice(1, -1).split('|') : cell
  }
  return input
}

/** Columns that are no output of the model: what the evaluator tells about its answer. */
const diagnostic = (column: string, explanation: Explanation): unknown => {
  const confidence = /^conf_(.*)$/.exec(column)
  if (confidence !== null) return explanation.confidences?.get(confidence[1]!)
  if (column === '#entityId') return explanation.entityId
  const match = /^#([pca])\((.*)\)$/s.exec(column)
  if (match === null) return undefined
  const table = { p: explanation.probabilities, c: explanation.confidences, a: explanation.affinities }[match[1] as 'p' | 'c' | 'a']
  return table?.get(match[2]!)
}

const reasonOf = (error: unknown): string | undefined => error instanceof ScoringError || (error instanceof ModelError && 'reason' in error)
  ? exceptionNames[error.reason as string] : undefined

/** Compares one row; the result is what disagrees. */
const compareRow = (model: Model, input: object, expected: ReadonlyMap<string, string>, names: readonly string[], tolerance: Tolerance): string | undefined => {
  const error = expected.get('_error') ?? ''
  let explanation: Explanation
  try {
    explanation = model.explain(input)
  } catch (thrown) {
    const name = reasonOf(thrown)
    if (error !== '' && name === error) return undefined
    return `expected ${error === '' ? 'a score' : error}, got ${name ?? 'an error'}: ${String(thrown)}`
  }
  if (error !== '') return `expected ${error}, got ${JSON.stringify(explanation)}`
  for (const [i, column] of names.entries()) {
    if (column === '_error') continue
    const actual = column in explanation.outputs ? explanation.outputs[column] : i === 0 ? explanation.value : diagnostic(column, explanation)
    if (!equalsCell(actual, expected.get(column), tolerance)) return `${column}: expected ${expected.get(column)}, got ${JSON.stringify(actual) ?? String(actual)}`
  }
  return undefined
}

export const comparePmml = (name: string, modelFile: string, inputFile: string, expectedFile: string, semantics: ModelSource['semantics']): CaseResult => {
  const document = readFileSync(modelFile, 'utf8')
  const inputs = csvRecords(readFileSync(inputFile, 'utf8')).records
  const { names, records } = csvRecords(readFileSync(expectedFile, 'utf8'))
  let model: Model
  try {
    model = compilePmml({ name, bytes: readFileSync(modelFile), mapping: {}, semantics })
  } catch (error) {
    const reason = reasonOf(error)
    if (reason !== undefined && records.every((record) => record.get('_error') === reason)) return passed(name)
    return failed(name, `does not load: ${String(error)}`)
  }
  const tolerance = toleranceOf(document)
  let wrong = 0
  let first: string | undefined
  for (const [i, expected] of records.entries()) {
    const failure = compareRow(model, inputOf(inputs[i]!), expected, names, tolerance)
    if (failure === undefined) continue
    wrong++
    first ??= `row ${i + 1}: ${failure}`
  }
  model.close()
  return wrong === 0 ? passed(name) : failed(name, `${wrong} of ${records.length} rows; ${first}`)
}

const refusal = (name: string, modelFile: string): CaseResult => {
  try {
    compilePmml({ name, bytes: readFileSync(modelFile), mapping: {}, semantics: 'default' })
  } catch (error) {
    return error instanceof ModelError ? passed(name) : failed(name, `refused without a reason: ${String(error)}`)
  }
  return failed(name, 'loads, although the oracle refuses it')
}

/** A folder of `pmml/`: against the evaluator's answers, and against the specification's where there are some. */
export const runPmmlFolder = (folder: string): CaseResult => {
  const name = `pmml/${path.basename(folder)}`
  const file = (base: string): string => path.join(folder, base)
  const results: CaseResult[] = []
  if (existsSync(file('expected.csv'))) results.push(comparePmml(name, file('model.pmml'), file('input.csv'), file('expected.csv'), 'default'))
  if (existsSync(file('expected.spec.csv'))) results.push(comparePmml(`${name} (specification)`, file('model.pmml'), file('input.csv'), file('expected.spec.csv'), 'specification'))
  if (results.length === 0) results.push(refusal(name, file('model.pmml')))
  return results.find(({ failure }) => failure !== undefined) ?? passed(name)
}
