import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { runPartitionerVectors } from './partitioner-vectors.ts'
import { runScenario } from './run-scenario.ts'
import type { Scenario } from './scenario.ts'

/** `npm run conformance -- DIR…`: runs every scenario below the folders, a line per failure, and counts. */
const filesBelow = (place: string): string[] =>
  statSync(place).isDirectory()
    ? readdirSync(place)
        .sort()
        .flatMap((name) => filesBelow(path.join(place, name)))
    : place.endsWith('.json')
      ? [place]
      : []

const runFile = (file: string): string[] => {
  const content = JSON.parse(readFileSync(file, 'utf8')) as Scenario | { vectors: never[] }
  if ('vectors' in content) return runPartitionerVectors(content.vectors)
  try {
    return runScenario(content)
  } catch (error) {
    return [`the runner itself failed: ${error instanceof Error ? error.stack : String(error)}`]
  }
}

const main = (places: readonly string[]): number => {
  if (places.length === 0) {
    console.error('usage: npm run conformance -- DIR…   (folders or files of scenarios)')
    return 2
  }
  let passed = 0
  let failed = 0
  for (const place of places) {
    for (const file of filesBelow(place)) {
      const failures = runFile(file)
      if (failures.length === 0) passed++
      else failed++
      if (failures[0] !== undefined) console.log(`${path.relative(place, file) || file}: ${failures[0]}`)
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 && passed > 0 ? 0 : 1
}

process.exitCode = main(process.argv.slice(2))
