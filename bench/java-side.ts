import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { InputTopic } from './input-topic.ts'
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
export const javaInput = async (program: string, brokers: readonly string[], { topic, partitions, records, valueBytes, keys }: InputTopic): Promise<void> => {
  await java(program, brokers, ['gen', topic, `${partitions}`, `${records}`, `${valueBytes}`, `${keys}`])
}

/** Runs the program with these arguments. Its topics, whose names begin so, and its state are gone afterwards. */
const javaWithoutLeftovers = async (program: string, brokers: readonly string[], prefix: string, args: readonly string[]): Promise<unknown> => {
  const before = await namesLike(brokers, prefix)
  const temporary = await mkdtemp(path.join(os.tmpdir(), 'java-bench-'))
  try {
    return await java(program, brokers, args, { JAVA_TOOL_OPTIONS: `-Djava.io.tmpdir=${temporary}` })
  } finally {
    await rm(temporary, { recursive: true, force: true })
    await removeLeftovers(brokers, prefix, before)
  }
}

/** One run of Java Kafka Streams: records/s. */
export const javaRun = async (program: string, brokers: readonly string[], workload: string, topic: string, records: number, guarantee: string): Promise<number> => {
  const result = await javaWithoutLeftovers(program, brokers, `java-bench-${workload}-`, ['run', workload, topic, `${records}`, '1', guarantee])
  return (result as { recordsPerSecond: number }).recordsPerSecond
}

/** How long an application of Java takes to have its first record, ms from the start of its process. */
export const javaFirstRecord = async (program: string, brokers: readonly string[], topic: string): Promise<{ recordMs: number; startToRunningMs: number }> => {
  const prefix = 'java-bench-count-'
  const before = await namesLike(brokers, prefix)
  const start = performance.now()
  const child = spawn(program, ['run', 'count', topic, '1'], { env: { ...process.env, BOOTSTRAP: brokers.join(',') }, stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'exit')
  try {
    // The line is printed at the first record; then Java closes everything.
    const line = await firstLine(child.stdout)
    return { recordMs: performance.now() - start, startToRunningMs: (lastJson(line) as { startToRunningMs: number }).startToRunningMs }
  } finally {
    await ended
    await removeLeftovers(brokers, prefix, before)
  }
}

const firstLine = async (stream: Readable): Promise<string> => {
  for await (const line of createInterface({ input: stream })) return line
  throw new Error('the Java benchmark ended without a result')
}

/** End-to-end latency of Java at so many records/s. */
export const javaLatency = async (program: string, brokers: readonly string[], rate: number, seconds: number): Promise<{ p50ms: number; p99ms: number }> =>
  (await javaWithoutLeftovers(program, brokers, 'java-latency-', ['latency', `${rate}`, `${seconds}`])) as { p50ms: number; p99ms: number }
