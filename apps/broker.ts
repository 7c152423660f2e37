import { parseArgs } from 'node:util'
import { Broker } from '../lib/broker/index.ts'

const HELP = `Usage: node apps/broker.js [--port 9092] [--host 127.0.0.1] [--dir DIR] [option]...

A Kafka broker for development and tests. Prints one line, "listening on HOST:PORT", when it is ready.

  --port N               port to listen on, 0 for any that is free (9092)
  --host HOST            address to listen on (127.0.0.1)
  --advertised-host HOST what clients are told to connect to, if other than --host
  --dir DIR              keep everything in this directory; without it all is lost at the end
  --partitions N         partitions of topics made on first use (1)
  --config NAME=VALUE    a broker setting by Kafka's name; may be given several times
  -h, --help             this text`

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9092' },
      host: { type: 'string', default: '127.0.0.1' },
      'advertised-host': { type: 'string' },
      dir: { type: 'string' },
      partitions: { type: 'string', default: '1' },
      config: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return
  }
  const config = Object.fromEntries(values.config.map((pair) => {
    const equals = pair.indexOf('=')
    if (equals < 1) throw new Error(`--config takes NAME=VALUE, not ${pair}`)
    return [pair.slice(0, equals), pair.slice(equals + 1)]
  }))
  const broker = await Broker.start({
    port: wholeNumber('--port', values.port),
    host: values.host,
    advertisedHost: values['advertised-host'],
    dir: values.dir,
    numPartitions: wholeNumber('--partitions', values.partitions),
    config,
  })
  const stop = (): void => {
    broker.close().then(() => process.exit(0), fail)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  console.log(`listening on ${broker.address}`)
}

const wholeNumber = (option: string, text: string): number => {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0) throw new Error(`${option} takes a whole number, not ${text}`)
  return number
}

const fail = (error: unknown): void => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

main().catch(fail)
