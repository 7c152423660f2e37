import { chaosOptions } from './options.ts'
import { runPhase } from './phase.ts'
import type { PhaseResult } from './phase.ts'

/**
 * `npm run chaos -- --minutes M --seed S [--brokers HOST:PORT [--restart COMMAND]] [--guarantee exactly_once_v2|at_least_once]`:
 * an application with a repartition topic, counts, windows, a join, asynchronous calls and a punctuator, in several processes on input
 * that does not stop. Meanwhile they are killed, stopped, added and removed, disks are slow or full, brokers restart and requests fail.
 * The minutes are shared by phases of a fresh application each, both guarantees in turns. In the end each phase is compared with a model.
 */

/** What the outputs of a phase hold stays in memory. */
const LONGEST_PHASE_MINUTES = 5

const told = (faults: ReadonlyMap<string, number>): string => [...faults].sort().map(([name, times]) => `${name} ${times}`).join(', ') || 'none'

const say = ({ setting, records, faults, leftOut, wrong, error }: PhaseResult): void => {
  console.log(`${setting}: ${records} records, wrong: ${wrong.length}; faults: ${told(faults)}`)
  for (const what of leftOut) console.log(`  left out: ${what}`)
  for (const what of wrong.slice(0, 10)) console.log(`  wrong: ${what}`)
  if (error !== undefined) console.log(`  failed: ${error instanceof Error ? error.stack : String(error)}`)
}

const main = async (): Promise<number> => {
  const options = chaosOptions(process.argv.slice(2))
  const { minutes, guarantees } = options
  const phases = Math.max(guarantees.length, Math.ceil(minutes / LONGEST_PHASE_MINUTES))
  const results: PhaseResult[] = []
  for (let phase = 0; phase < phases; phase++) {
    const result = await runPhase(options, guarantees[phase % guarantees.length]!, options.seed * 1000 + phase, (minutes * 60_000) / phases)
    results.push(result)
    say(result)
  }
  const faults = new Map<string, number>()
  for (const result of results) for (const [name, times] of result.faults) faults.set(name, (faults.get(name) ?? 0) + times)
  const failed = results.filter(({ wrong, error }) => wrong.length > 0 || error !== undefined).length
  const sum = (of: (result: PhaseResult) => number): number => results.reduce((all, result) => all + of(result), 0)
  console.log(`${minutes} minutes, faults: ${told(faults)}; ${sum(({ records }) => records)} records; wrong: ${sum(({ wrong }) => wrong.length)}`)
  console.log(`${results.length - failed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

// what was started ends with this process
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
main().then((code) => process.exit(code), (error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(2)
})
