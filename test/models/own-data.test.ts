import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Random } from '../../data/generator/random.ts'
import { inventWines, toCsv } from '../../data/generator/wines.ts'
import { createModel, scoreNumber, wineFields, wineRecordFromCsv } from '../../lib/models/index.ts'
import { runPmmlFolder } from '../conformance/models/pmml-case.ts'
import { runTensorFolder } from '../conformance/models/tensor-case.ts'
import { runWineFolder } from '../conformance/models/wine-case.ts'
import type { Model } from '../../lib/models/index.ts'

const lines = readFileSync('data/invented-wines.csv', 'utf8').trim().split('\n')
const wines = lines.map((line) => wineRecordFromCsv(line))
const known = lines.map((line) => Number(line.split(';')[11]))
const files = readdirSync('data').filter((file) => /\.(pmml|pb)$/.test(file))

const load = (file: string): Model => createModel(
  { name: file, description: '', dataType: 'wine', modelType: file.endsWith('.pb') ? 'TENSORFLOW' : 'PMML', data: readFileSync(path.join('data', file)) },
  { mapping: wineFields })

test('the data set should be what its generator makes', () => {
  expect(toCsv(inventWines(new Random(20_260), 500))).toBe(readFileSync('data/invented-wines.csv', 'utf8'))
})

test('there should be models of five kinds at least', () => {
  expect(files.length).toBeGreaterThanOrEqual(5)
})

test.each(files)('%s should find the quality of its wines better than the mean does', (file) => {
  const model = load(file)
  const mean = known.reduce((sum, quality) => sum + quality, 0) / known.length
  const errors = wines.map((wine, i) => Math.abs(scoreNumber(model.score(wine).value)! - known[i]!))
  const blind = known.map((quality) => Math.abs(mean - quality))
  const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0)
  expect(total(errors)).toBeLessThan(0.9 * total(blind))
  model.close()
})

test.each(files.filter((file) => /tree|forest|neural/.test(file)))('the probabilities of %s should add up to one and favour its answer', (file) => {
  const model = load(file)
  for (const wine of wines.slice(0, 50)) {
    const { value, probabilities } = model.explain(wine)
    const all = [...probabilities!.values()]
    expect(all.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
    expect(probabilities!.get(String(value))).toBe(Math.max(...all))
  }
})

/** Present in the project's workplace only; elsewhere there is nothing to compare with. */
const oracle = path.resolve('../shared/models')
const foldersOf = (kind: string): string[] => existsSync(path.join(oracle, kind)) ? readdirSync(path.join(oracle, kind)).map((name) => path.join(oracle, kind, name)) : []

test('models of the oracle should score as it says, where it is at hand', () => {
  const wine = existsSync(path.join(oracle, 'wine')) ? runWineFolder(path.join(oracle, 'wine')) : []
  const tensors = foldersOf('tf').filter((folder) => existsSync(path.join(folder, 'frozen.pb'))).map(runTensorFolder)
  const results = [...wine, ...foldersOf('pmml').map(runPmmlFolder), ...tensors]
  expect(results.filter(({ failure }) => failure !== undefined)).toEqual([])
})
