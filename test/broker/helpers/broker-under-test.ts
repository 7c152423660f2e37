import { randomUUID } from 'node:crypto'
import { Broker } from '../../../lib/broker/index.ts'
import type { BrokerOptions } from '../../../lib/broker/index.ts'

/** The broker that specifications run against: an embedded one, or what `MILLRACE_BROKERS` names (then nothing is configured). */
export interface BrokerUnderTest {
  readonly address: string
  close(): Promise<void>
}

export const isRealKafka = process.env.MILLRACE_BROKERS !== undefined

export const brokerUnderTest = async (options: BrokerOptions = {}): Promise<BrokerUnderTest> => {
  const real = process.env.MILLRACE_BROKERS?.split(',')[0]
  if (real === undefined) return Broker.start(options)
  const { awaitCoordinators } = await import('./coordinators.ts')
  await awaitCoordinators(real)
  return { address: real, close: async () => {} }
}

/** A name that no other test, nor an earlier run, has used. */
export const uniqueName = (what: string): string => `broker-test-${what}-${randomUUID().slice(0, 8)}`
