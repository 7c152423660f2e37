import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { runProgram } from './run-program.ts'

/** A port that is free now, and whose neighbour most likely is, too. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

/**
 * Apache Kafka, one node, started by the program next to the repository or where MILLRACE_KAFKA_DEV says, which takes
 * `start` and `stop` with `--port` and `--dir`.
 * @throws {Error} when there is no such program
 */
export const startKafka = async (): Promise<{ address: string; stop: () => Promise<void> }> => {
  const program = process.env['MILLRACE_KAFKA_DEV'] ?? path.resolve('..', 'shared', 'kafka-dev')
  if (!existsSync(program)) throw new Error(`--java needs a program that starts Kafka, which is not at ${program}; name it with MILLRACE_KAFKA_DEV, or give --brokers`)
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-kafka-'))
  const where = ['--port', `${await freePort()}`, '--dir', directory]
  const address = (await runProgram(program, ['start', ...where])).trim()
  return {
    address,
    stop: async () => {
      await runProgram(program, ['stop', ...where])
      await rm(directory, { recursive: true, force: true })
    },
  }
}
