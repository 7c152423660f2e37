import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { comparePmml } from './pmml-case.ts'
import { failed } from './result.ts'
import type { CaseResult } from './result.ts'

const suffix = '.expected.csv'

/** The tutorial's models lie beside the tables, or in the tutorial's own folder. */
const findModel = (folder: string, name: string): string | undefined =>
  [folder, path.join(folder, '../../tutorial/data')]
    .flatMap((directory) => [path.join(directory, `${name}.pmml`), path.join(directory, `${name}.pb`)])
    .find((file) => existsSync(file))

/** The folder `wine/`: one table of inputs for several models. */
export const runWineFolder = (folder: string): CaseResult[] =>
  readdirSync(folder).filter((file) => file.endsWith(suffix)).sort().map((file) => {
    const name = file.slice(0, -suffix.length)
    const label = `wine/${name}`
    const model = findModel(folder, name)
    if (model === undefined) return failed(label, 'its model is not there')
    const [input, expected] = [path.join(folder, 'input.csv'), path.join(folder, file)]
    return comparePmml(label, model, input, expected, 'default')
  })
