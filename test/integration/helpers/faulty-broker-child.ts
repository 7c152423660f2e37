/**
 * An embedded broker in a process of its own, some of whose requests fail. Argument: a JSON text of `FaultyBroker`.
 * Prints RUNNING when it listens, and a line for each request that it let fail.
 */
import { Broker } from '../../../lib/broker/index.ts'
import { failRequests } from './request-faults.ts'
import { randomFrom } from './stateful-workload.ts'

export interface FaultyBroker {
  readonly dir: string
  readonly port: number
  readonly seed: number
  readonly applications: string
  readonly transactions: boolean
  readonly isOld: boolean
}

/** What tests need: quick sessions, and transactions of the dead that end soon. */
const CONFIG = { 'group.initial.rebalance.delay.ms': 0, 'group.min.session.timeout.ms': 500, 'transaction.abort.timed.out.transaction.cleanup.interval.ms': 300 }

const main = async (): Promise<void> => {
  const { dir, port, seed, ...faults } = JSON.parse(process.argv[2] ?? '{}') as FaultyBroker
  const broker = await Broker.start({ autoCreateTopics: false, config: CONFIG, dir, port })
  failRequests(broker, { ...faults, random: randomFrom(seed), onFault: () => process.stdout.write('FAULT\n') })
  process.once('SIGTERM', () => void broker.close().then(() => process.exit(0)))
  // whoever has started it is gone
  process.stdin.on('end', () => process.exit(1)).resume()
  process.stdout.write('RUNNING\n')
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
