import { readFileSync } from 'node:fs'
import path from 'node:path'
import { runScenario } from '../conformance/run-scenario.ts'
import type { Scenario } from '../conformance/scenario.ts'

/**
 * Scenarios whose results were recorded from Kafka Streams 4.3.1: questions that came up while the DSL was written, and
 * random topologies with random, partly late input. Each checks describe(), outputs, stores and the bytes of internal topics.
 */
const scenarios = (file: string): [string, Scenario][] =>
  (JSON.parse(readFileSync(path.join(__dirname, 'golden', file), 'utf8')) as Scenario[]).map((scenario) => [scenario.name, scenario])

describe('the DSL should answer as Kafka Streams did', () => {
  test.each(scenarios('questions.json'))('to the question %s', (_name, scenario) => {
    expect(runScenario(scenario)).toEqual([])
  })

  test.each(scenarios('random.json'))('for the topology %s', (_name, scenario) => {
    expect(runScenario(scenario)).toEqual([])
  })
})
