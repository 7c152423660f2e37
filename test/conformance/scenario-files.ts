import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { runPartitionerVectors } from './partitioner-vectors.ts'
import { runScenario } from './run-scenario.ts'
import type { Scenario } from './scenario.ts'

/** One check: its name below the folder, and what runs it. */
export interface ScenarioCase {
  readonly name: string
  /** What differs from the recorded result; an empty list is a pass. */
  run(): string[]
}

const filesBelow = (place: string): string[] =>
  statSync(place).isDirectory()
    ? readdirSync(place)
        .sort()
        .flatMap((name) => filesBelow(path.join(place, name)))
    : place.endsWith('.json')
      ? [place]
      : []

const runOne = (scenario: Scenario): string[] => {
  try {
    return runScenario(scenario)
  } catch (error) {
    return [`the runner itself failed: ${error instanceof Error ? error.stack : String(error)}`]
  }
}

const casesOf = (name: string, content: Scenario | Scenario[] | { vectors: never[] }): ScenarioCase[] => {
  if (Array.isArray(content)) return content.map((scenario) => ({ name: `${name}: ${scenario.name}`, run: () => runOne(scenario) }))
  if ('vectors' in content) return [{ name, run: () => runPartitionerVectors(content.vectors) }]
  return [{ name, run: () => runOne(content) }]
}

/** All checks of a file or of the files below a folder: a file holds one scenario, a list of them, or partitioner vectors. */
export const scenarioCases = (place: string): ScenarioCase[] =>
  filesBelow(place).flatMap((file) => casesOf(path.relative(place, file) || file, JSON.parse(readFileSync(file, 'utf8'))))

/** True when the scenario needs what Millrace does not have yet: reported, but no regression. */
export const isNotBuilt = (failures: readonly string[]): boolean => failures[0]?.startsWith('not built: ') ?? false
