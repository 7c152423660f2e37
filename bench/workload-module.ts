/** The topology of a workload as a module, which worker threads load: what it is comes by environment, what was seen goes by a channel. */
import { BroadcastChannel } from 'node:worker_threads'
import type { Topology } from '../lib/index.ts'
import { workload } from './workloads.ts'

/** What a worker has seen since it told last, and at which times (ns of the system's own clock). */
export interface SeenRecords {
  readonly count: number
  readonly first: bigint
  readonly last: bigint
}

export interface WorkloadToLoad {
  readonly name: string
  readonly input: string
  readonly output: string
  readonly channel: string
}

/** Records that are seen before a worker tells of them; what is left is told as soon as it has nothing to do. */
const TELL_RECORDS = 10_000
const TELL_MS = 5

export default (): Topology => {
  const { name, input, output, channel: channelName } = JSON.parse(process.env.BENCH_WORKLOAD ?? '{}') as WorkloadToLoad
  const channel = new BroadcastChannel(channelName)
  channel.unref()
  let count = 0
  let first = 0n
  const tell = (): void => {
    if (count === 0) return
    channel.postMessage({ count, first, last: process.hrtime.bigint() } satisfies SeenRecords)
    count = 0
  }
  setInterval(tell, TELL_MS).unref()
  return workload(name)(input, output, () => {
    if (count === 0) first = process.hrtime.bigint()
    if (++count === TELL_RECORDS) tell()
  })
}
