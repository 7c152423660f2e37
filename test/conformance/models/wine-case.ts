import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { compileTensorflow, wineFields } from '../../../lib/models/index.ts'
import { csvRecords } from './csv.ts'
import { equalsCell } from './compare.ts'
import { comparePmml } from './pmml-case.ts'
import { failed, passed } from './result.ts'
import type { CaseResult } from './result.ts'

const suffix = '.expected.csv'

/** The tutorial's models lie beside the tables, or in the tutorial's own folder. */
const findModel = (folder: string, name: string): string | undefined =>
  [folder, path.join(folder, '../../tutorial/data')]
    .flatMap((directory) => [path.join(directory, `${name}.pmml`), path.join(directory, `${name}.pb`)])
    .find((file) => existsSync(file))

/** The tutorial's graph: nine outputs and the index of the greatest. */
const compareTensorflow = (label: string, modelFile: string, inputFile: string, expectedFile: string): CaseResult => {
  const columns = Object.fromEntries(Object.keys(wineFields).map((name) => [name, name]))
  const model = compileTensorflow({ name: label, bytes: readFileSync(modelFile), mapping: columns, semantics: 'default' })
  const inputs = csvRecords(readFileSync(inputFile, 'utf8')).records
  const { records } = csvRecords(readFileSync(expectedFile, 'utf8'))
  for (const [i, expected] of records.entries()) {
    const { value, outputs } = model.score(Object.fromEntries(inputs[i]!))
    const [vector] = Object.values(outputs) as Float32Array[]
    const wrong = vector!.findIndex((output, k) => !equalsCell(output, expected.get(`y${k}`), { relative: 1e-4, absolute: 1e-5 }))
    if (wrong >= 0) return failed(label, `row ${i + 1}: y${wrong}: expected ${expected.get(`y${wrong}`)}, got ${vector![wrong]}`)
    if (String(value) !== expected.get('argmax')) return failed(label, `row ${i + 1}: argmax: expected ${expected.get('argmax')}, got ${String(value)}`)
  }
  return passed(label)
}

/** The folder `wine/`: one table of inputs for several models. */
export const runWineFolder = (folder: string): CaseResult[] =>
  readdirSync(folder).filter((file) => file.endsWith(suffix)).sort().map((file) => {
    const name = file.slice(0, -suffix.length)
    const label = `wine/${name}`
    const model = findModel(folder, name)
    if (model === undefined) return failed(label, 'its model is not there')
    const [input, expected] = [path.join(folder, 'input.csv'), path.join(folder, file)]
    return model.endsWith('.pb') ? compareTensorflow(label, model, input, expected) : comparePmml(label, model, input, expected, 'default')
  })
