import { Broker } from '../lib/broker/index.ts'
import type { BrokerOptions } from '../lib/broker/index.ts'
import { HELP, brokerOptions } from './broker/options.ts'

const complain = (fields: object, message = ''): void => console.error(message, JSON.stringify(fields))
const ignore = (): void => {}
/** What goes wrong is told; what clients do is not. */
const logger: BrokerOptions['logger'] = { debug: ignore, info: ignore, warn: complain, error: complain }

const main = async (): Promise<void> => {
  const options = brokerOptions(process.argv.slice(2))
  if (options === undefined) {
    console.log(HELP)
    return
  }
  const broker = await Broker.start({ ...options, logger })
  const stop = (): void => {
    broker.close().then(() => process.exit(0), fail)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  const [, ...others] = (options.listeners ?? []).map(({ protocol = 'PLAINTEXT', name = protocol }) => `listening on ${broker.addressesOf(name).join(',')} (${name})`)
  console.log([`listening on ${broker.addresses.join(',')}`, ...others].join('\n'))
}

const fail = (error: unknown): void => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

main().catch(fail)
