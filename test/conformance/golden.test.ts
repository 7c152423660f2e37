import { existsSync } from 'node:fs'
import path from 'node:path'
import { isNotBuilt, scenarioCases } from './scenario-files.ts'

/**
 * The own scenarios of the repository, recorded from Kafka Streams 4.3.1: questions that
 * came up while Millrace was written, and random topologies with random, partly late input. Each checks describe(), outputs,
 * stores and the bytes of internal topics.
 */
test.each(scenarioCases(path.join(__dirname, 'golden')).map((each) => [each.name, each] as const))(
  'Millrace should answer as Kafka Streams did: %s',
  (_name, { run }) => {
    expect(run()).toEqual([])
  },
)

const shared = path.join(__dirname, '../../../shared/conformance/scenarios')

if (existsSync(shared)) {
  test('every shared scenario of an operator that is built should pass', () => {
    const failures = scenarioCases(shared).map(({ name, run }) => ({ name, failures: run() }))
    expect(failures.filter(({ failures: found }) => found.length > 0 && !isNotBuilt(found))).toEqual([])
  })
}
