import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { runProgram } from './run-program.ts'

const SOURCES = path.resolve('bench/java')
const BUILT = path.resolve('node_modules/.cache/state-bench')

/**
 * Compiles Java's side of the benchmarks of state against the Kafka Streams that Maven brings. Gives its class path.
 * @throws {Error} without Java 17, or without Maven the first time
 */
export const buildJavaState = async (): Promise<string> => {
  const libraries = path.join(BUILT, 'libraries')
  await mkdir(BUILT, { recursive: true })
  if (!existsSync(libraries)) {
    await runProgram('mvn', ['-q', '-B', '-f', path.join(SOURCES, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${libraries}`])
  }
  await runProgram('javac', ['-nowarn', '-cp', `${libraries}/*`, '-d', BUILT, path.join(SOURCES, 'StateBench.java')])
  return `${libraries}/*${path.delimiter}${BUILT}`
}
