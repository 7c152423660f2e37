import { readFile } from 'node:fs/promises'
import { mkdtemp, rm } from 'node:fs/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startBroker, stopBroker } from './broker-process.ts'
import { median } from './report.ts'
import { runProgram } from './run-program.ts'

const here = path.dirname(fileURLToPath(import.meta.url))

const PARTITIONS = 1000
const RECORDS = 1_000_000
const IDLE_MS = 3000

export interface StartFigures {
  /** Ms from the start of the process to the answer to the first request. */
  readonly firstAnswerMs: number
  /** Resident memory when nothing has happened for some seconds; undefined where the system does not tell. */
  readonly idleMegabytes: number | undefined
  /** Like `firstAnswerMs`, with a directory of so many partitions and records. */
  readonly openedMs: number
  readonly partitions: number
  readonly records: number
}

/** ApiVersions in its oldest form: what clients ask first. */
const firstRequest = (): Buffer => {
  const request = Buffer.alloc(14)
  request.writeInt32BE(10, 0)
  request.writeInt16BE(18, 4)
  request.writeInt32BE(1, 8)
  request.writeInt16BE(-1, 12)
  return request
}

/** Ms from the start of a broker's process to its first answer; `whileRunning` has its pid. */
const firstAnswer = async (program: string, args: readonly string[], whileRunning: (pid: number) => Promise<void> = async () => {}): Promise<number> => {
  const start = performance.now()
  const { address, child } = await startBroker(program, ...args)
  const [host, port] = address.split(':')
  const socket = connect(Number(port), host)
  socket.write(firstRequest())
  await once(socket, 'data')
  const elapsed = performance.now() - start
  socket.destroy()
  await whileRunning(child.pid!)
  await stopBroker(child)
  return elapsed
}

const residentMegabytes = async (pid: number): Promise<number | undefined> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024)
}

const medianOf = async (rounds: number, measure: () => Promise<number>): Promise<number> => {
  const times: number[] = []
  for (let i = 0; i < rounds; i++) times.push(await measure())
  return Math.round(median(times))
}

/** How long the embedded broker takes to be there, empty and with a full directory, and what it needs when it idles. */
export const measureStart = async (program: string, rounds: number): Promise<StartFigures> => {
  const firstAnswerMs = await medianOf(Math.max(rounds, 5), () => firstAnswer(program, []))
  let idleMegabytes: number | undefined
  await firstAnswer(program, [], async (pid) => {
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    idleMegabytes = await residentMegabytes(pid)
  })
  const directory = await mkdtemp(path.join(os.tmpdir(), 'millrace-bench-directory-'))
  try {
    const { address, child } = await startBroker(program, '--dir', directory)
    await runProgram(process.execPath, [path.join(here, 'broker-client.js'), 'produce', address, 'many', `${RECORDS}`, '1', `${PARTITIONS}`])
    await stopBroker(child)
    const openedMs = await medianOf(rounds, () => firstAnswer(program, ['--dir', directory]))
    return { firstAnswerMs, idleMegabytes, openedMs, partitions: PARTITIONS, records: RECORDS }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
