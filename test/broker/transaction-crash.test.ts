import { AbortedTransactionFilter, offsetFetch, readBatchHeaders } from '../../lib/protocol/index.ts'
import { recordsIn } from './helpers/batches.ts'
import { startBrokerProcess } from './helpers/broker-process.ts'
import { RawClient } from './helpers/raw-client.ts'
import { StubbornTransactions } from './helpers/stubborn-transactions.ts'
import { withDirectory } from './helpers/test-log.ts'
import { createTopic, fetchFrom, until } from './helpers/topics.ts'

const rounds = Number(process.env.MILLRACE_CRASH_ROUNDS ?? 4)
/** A round takes a second or two, and longer on a machine that is busy. */
const PATIENCE_MS = 60_000 + rounds * 10_000

/** The values that a consumer of isolation level read_committed gets from a partition, to its very end. */
const readCommitted = async (client: RawClient, topic: string, partition: number): Promise<string[]> => {
  const values: string[] = []
  for (let offset = 0; ;) {
    const answer = await fetchFrom(client, topic, offset, { partition, isolationLevel: 1 })
    const filter = new AbortedTransactionFilter(answer.abortedTransactions ?? [])
    const start = offset
    for (const batch of readBatchHeaders(answer.records ?? Buffer.alloc(0))) {
      if (!filter.drops(batch)) values.push(...(await recordsIn(Buffer.from(batch.bytes), start)).map(({ value }) => value!))
      offset = batch.lastOffset + 1
    }
    if (offset > start) continue
    expect(offset).toBe(answer.highWatermark)
    return values
  }
}

describe('transactions on a broker with a directory', () => {
  test('should be there whole and once, or not at all, after it was killed with -9 again and again', () => withDirectory(async (directory) => {
    const perRound = 60
    const args = ['--dir', directory, '--config', 'log.segment.bytes=4000']
    let broker = await startBrokerProcess('--port', '0', ...args)
    const { port } = broker
    let client = await RawClient.connect(broker.address)
    const { name } = await createTopic(client, 2)
    client.close()
    const producer = new StubbornTransactions(broker.address, name, 'group')
    for (let round = 1; round <= rounds; round++) {
      const running = producer.runUpTo(round * perRound)
      const killAfter = (round - 1) * perRound + Math.floor(Math.random() * (perRound - 10))
      while (producer.ended < killAfter) await new Promise((resolve) => setImmediate(resolve))
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
      await broker.kill('SIGKILL')
      broker = await startBrokerProcess('--port', String(port), ...args)
      await running
    }
    client = await RawClient.connect(broker.address)
    const committed = Array.from({ length: rounds * perRound }, (_, i) => i).filter((i) => StubbornTransactions.commits(i))
    const offsets = await client.request(offsetFetch, 8, { requireStable: false, groups: [{ groupId: 'group', topics: [{ name, partitionIndexes: [0] }] }] })
    await until(async () => (await fetchFrom(client, name, 0, { isolationLevel: 1 })).lastStableOffset === (await fetchFrom(client, name, 0)).highWatermark)
    expect(await readCommitted(client, name, 0)).toEqual(committed.flatMap((i) => [String(i), String(i)]))
    expect(await readCommitted(client, name, 1)).toEqual(committed.map(String))
    expect(offsets.groups[0]!.topics[0]!.partitions[0]!.committedOffset).toBe(committed.at(-1))
    client.close()
    expect(await broker.kill('SIGTERM')).toBe(0)
  }), PATIENCE_MS)
})
