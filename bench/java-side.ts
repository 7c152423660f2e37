import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { namesLike, removeLeftovers } from './leftovers.ts'
import { lastJson, runProgram } from './run-program.ts'

/**
 * The Java program that runs the same workloads: next to the repository, or where MILLRACE_JAVA_BENCH says.
 * @throws {Error} when there is none, or no Java
 */
export const findJava = async (): Promise<string> => {
  const program = process.env['MILLRACE_JAVA_BENCH'] ?? path.resolve('..', 'shared', 'java-bench', 'run')
  if (!existsSync(program)) throw new Error(`--java needs the Java benchmark, which is not at ${program}; name it with MILLRACE_JAVA_BENCH`)
  await runProgram('java', ['-version']).catch(() => {
    throw new Error('--java needs Java 17 or later: there is no program named java')
  })
  return program
}

const java = async (program: string, brokers: readonly string[], args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<unknown> =>
  lastJson(await runProgram(program, args, { ...process.env, ...env, BOOTSTRAP: brokers.join(',') }))

/** Lets Java write the input, so that both sides read what its producer made. */
export const javaInput = async (program: string, brokers: readonly string[], topic: string, records: number, valueBytes: number, keys: number): Promise<void> => {
  await java(program, brokers, ['gen', topic, '1', `${records}`, `${valueBytes}`, `${keys}`])
}

/** One run of Java Kafka Streams: records/s. Its topics and state are gone afterwards. */
export const javaRun = async (program: string, brokers: readonly string[], workload: string, topic: string, records: number, guarantee: string): Promise<number> => {
  const prefix = `java-bench-${workload}-`
  const before = await namesLike(brokers, prefix)
  const temporary = await mkdtemp(path.join(os.tmpdir(), 'java-bench-'))
  try {
    const env = { JAVA_TOOL_OPTIONS: `-Djava.io.tmpdir=${temporary}` }
    return ((await java(program, brokers, ['run', workload, topic, `${records}`, '1', guarantee], env)) as { recordsPerSecond: number }).recordsPerSecond
  } finally {
    await rm(temporary, { recursive: true, force: true })
    await removeLeftovers(brokers, prefix, before)
  }
}
