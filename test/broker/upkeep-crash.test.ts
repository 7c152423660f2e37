import { startBrokerProcess } from './helpers/broker-process.ts'
import { allChores } from './helpers/chores.ts'
import type { Chore } from './helpers/chores.ts'
import { RawClient } from './helpers/raw-client.ts'
import { withDirectory } from './helpers/test-log.ts'

const rounds = Number(process.env.MILLRACE_CRASH_ROUNDS ?? 4)
/** A round takes a second or two, and longer on a machine that is busy. */
const PATIENCE_MS = 60_000 + rounds * 10_000
/** Segments are rolled, cleaned and removed all the time. */
const UPKEEP = ['--config', 'log.cleaner.backoff.ms=15', '--config', 'log.retention.check.interval.ms=15', '--config', 'log.segment.bytes=4000']

/** A chore and how far it has come. */
interface Progress {
  readonly chore: Chore
  done: number
}

/** Goes on, step by step, until the connection breaks; whatever else goes wrong is thrown. */
const goOn = async (progress: Progress, address: string): Promise<void> => {
  const client = await RawClient.connect(address)
  let broken = false
  void client.closed.then(() => (broken = true))
  while (!broken) {
    const step = progress.chore.step(client, progress.done)
    const outcome = await Promise.race([step.then(() => 'done' as const), client.closed.then(() => 'broken' as const)]).catch(async (error: unknown) => {
      // The connection may break in the middle of a step, which then says so first.
      await new Promise((resolve) => setImmediate(resolve))
      if (!broken) throw error
      return 'broken' as const
    })
    step.catch(() => {})
    if (outcome === 'done') progress.done++
  }
}

test('a broker should keep what it acknowledged, and nothing else, when it is killed while it compacts, retains, deletes and writes down its state', () => withDirectory(async (directory) => {
  let broker = await startBrokerProcess('--port', '0', '--dir', directory, ...UPKEEP)
  const { port } = broker
  let client = await RawClient.connect(broker.address)
  const all: Progress[] = (await allChores(client)).map((chore) => ({ chore, done: 0 }))
  client.close()
  for (let round = 1; round <= rounds; round++) {
    const running = all.map((progress) => goOn(progress, broker.address))
    const least = Math.min(...all.map(({ done }) => done)) + 5
    while (all.some(({ done }) => done < least)) await Promise.race([Promise.all(running), new Promise((resolve) => setTimeout(resolve, 5))])
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 200))
    await broker.kill('SIGKILL')
    await Promise.all(running)
    broker = await startBrokerProcess('--port', String(port), '--dir', directory, ...UPKEEP)
    client = await RawClient.connect(broker.address)
    for (const { chore, done } of all) await chore.check(client, done)
    client.close()
  }
  expect(await broker.kill('SIGTERM')).toBe(0)
}), PATIENCE_MS)
