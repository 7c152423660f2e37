import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { runPmmlFolder } from './models/pmml-case.ts'
import { runTensorFolder } from './models/tensor-case.ts'
import { runWineFolder } from './models/wine-case.ts'
import type { CaseResult } from './models/result.ts'

/** Every model folder below a directory, run against its oracle. */
const runBelow = async (directory: string): Promise<CaseResult[]> => {
  const names = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort()
  if (existsSync(path.join(directory, 'model.pmml'))) return [runPmmlFolder(directory)]
  if (existsSync(path.join(directory, 'input.csv'))) return runWineFolder(directory)
  if (existsSync(path.join(directory, 'io.json'))) return [runTensorFolder(directory)]
  const results: CaseResult[] = []
  for (const name of names) results.push(...await runBelow(path.join(directory, name)))
  return results
}

const main = async (directories: readonly string[]): Promise<void> => {
  if (directories.length === 0) {
    console.error('usage: run-models DIR…: scores every model folder below the directories against its expected table')
    process.exitCode = 2
    return
  }
  const results: CaseResult[] = []
  for (const directory of directories) results.push(...await runBelow(path.resolve(directory)))
  const failures = results.filter(({ failure }) => failure !== undefined)
  for (const { name, failure } of failures) console.log(`${name}: ${failure}`)
  console.log(`${results.length - failures.length} passed, ${failures.length} failed`)
  if (failures.length > 0) process.exitCode = 1
}

void main(process.argv.slice(2))
