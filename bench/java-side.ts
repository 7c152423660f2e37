import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The Java program beside this one: next to the repository, or where MILLRACE_JAVA_BENCH says. */
const program = (): string => {
  const place = process.env['MILLRACE_JAVA_BENCH'] ?? path.resolve('..', 'shared', 'java-bench', 'run')
  if (!existsSync(place)) throw new Error(`--java needs the Java benchmark, which is not at ${place}; name it with MILLRACE_JAVA_BENCH`)
  return place
}

const java = async (brokers: readonly string[], args: readonly string[]): Promise<string> => {
  const { stdout } = await run(program(), args, { env: { ...process.env, BOOTSTRAP: brokers.join(',') }, maxBuffer: 1 << 26 })
  // Maven may write colour codes in front of the result.
  const line = stdout.split('\n').find((text) => text.includes('{'))
  if (line === undefined) throw new Error(`the Java benchmark printed no result for ${args.join(' ')}`)
  return line.slice(line.indexOf('{'))
}

/** Lets Java write the input, so that both sides read what its producer made. */
export const javaInput = async (brokers: readonly string[], topic: string, records: number, valueBytes: number, keys: number): Promise<void> => {
  await java(brokers, ['gen', topic, '1', `${records}`, `${valueBytes}`, `${keys}`])
}

/** One run of Java Kafka Streams: records/s. */
export const javaRun = async (brokers: readonly string[], workload: string, topic: string, records: number, guarantee: string): Promise<number> => {
  const line = await java(brokers, ['run', workload, topic, `${records}`, '1', guarantee])
  return (JSON.parse(line) as { recordsPerSecond: number }).recordsPerSecond
}
