import { startApplication } from './application-process.ts'
import { stopBroker } from './broker-process.ts'
import { writeInput } from './input-topic.ts'
import { javaFirstRecord } from './java-side.ts'
import { removeLeftovers, withAdmin } from './leftovers.ts'
import { median } from './report.ts'

export interface StartBench {
  readonly brokers: readonly string[]
  readonly rounds: number
  readonly json: boolean
  readonly javaProgram: string | undefined
}

/** Ms from the start of the process. */
const ours = async (brokers: readonly string[], input: string, until: 'running' | 'record'): Promise<number> => {
  const id = `bench-start-${process.pid}-${Date.now()}`
  try {
    await withAdmin(brokers, (admin) => admin.createTopics([{ name: `${id}-out`, numPartitions: 1 }]))
    const start = performance.now()
    const child = await startApplication({ workload: 'count', id, input, output: `${id}-out`, brokers }, until)
    const took = performance.now() - start
    await stopBroker(child)
    return took
  } finally {
    await removeLeftovers(brokers, id)
  }
}

/**
 * How long an application with a count takes from the start of its process: until it runs, and until it has its first record.
 * Java tells when it has seen one record, and how much of that was from `start()` to RUNNING; the rest is the start of its machine.
 */
export const measureStart = async ({ brokers, rounds, json, javaProgram }: StartBench): Promise<void> => {
  const topic = `bench-start-input-${Date.now()}`
  const sides = { running: [] as number[], record: [] as number[], java: [] as number[], javaRunning: [] as number[] }
  try {
    await writeInput(brokers, { topic, partitions: 1, records: 1, keys: 1, valueBytes: 100 })
    for (let round = 0; round < rounds; round++) {
      if (javaProgram !== undefined) {
        const { recordMs, startToRunningMs } = await javaFirstRecord(javaProgram, brokers, topic)
        sides.java.push(recordMs)
        sides.javaRunning.push(startToRunningMs)
      }
      sides.running.push(await ours(brokers, topic, 'running'))
      sides.record.push(await ours(brokers, topic, 'record'))
    }
  } finally {
    await removeLeftovers(brokers, topic)
  }
  const ms = (values: readonly number[]): number | null => (values.length === 0 ? null : Math.round(median(values)))
  const result = {
    runningMs: ms(sides.running),
    recordMs: ms(sides.record),
    javaStartToRunningMs: ms(sides.javaRunning),
    javaRecordMs: ms(sides.java),
  }
  if (json) console.log(JSON.stringify({ workload: 'start', ...result }))
  else {
    console.log(`process start to RUNNING ${result.runningMs} ms, to the first record ${result.recordMs} ms`)
    if (result.javaRecordMs !== null) console.log(`Java: to the first record ${result.javaRecordMs} ms, of which start() to RUNNING ${result.javaStartToRunningMs} ms`)
  }
}
