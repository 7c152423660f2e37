import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { BrokerOptions, BrokerTlsOptions, ListenerOptions } from '../../lib/broker/index.ts'

export const HELP = `Usage: node apps/broker.js [--port 9092] [--host 127.0.0.1] [--dir DIR] [option]...

A Kafka broker for development and tests. Prints "listening on HOST:PORT" when it is ready, a line for each listener;
with --brokers the addresses of all of them, separated by commas.

  --port N               port to listen on, 0 for any that is free (9092)
  --host HOST            address to listen on (127.0.0.1)
  --advertised-host HOST what clients are told to connect to, if other than --host
  --dir DIR              keep everything in this directory; without it all is lost at the end
  --listener URL         a way into the broker, PROTOCOL://HOST:PORT, instead of --host and --port; may be given several
                         times. PROTOCOL is PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL. What clients are told to connect
                         to, if that is not the same, follows: SSL://0.0.0.0:9093=broker.test:9093. Two of one protocol
                         need names: DOCKER=PLAINTEXT://0.0.0.0:29092=broker:29092
  --tls-key FILE         the broker's private key, for listeners with SSL; PEM, as all of these
  --tls-cert FILE        its certificate, and those between it and a root
  --tls-ca FILE          who may sign the certificates of clients
  --tls-client-auth WHAT whether clients show a certificate: none, requested or required (none)
  --user NAME:PASSWORD   who may come in by listeners with SASL; may be given several times
  --users FILE           the same from a file, a line each, where other processes do not see it
  --acls                 ask ACLs who may do what
  --super-user USER      who may do everything, such as User:admin; may be given several times, and means --acls
  --brokers N            how many broker ids to have, each with a port of its own: the given one and those after it (1)
  --partitions N         partitions of topics made on first use (1)
  --config NAME=VALUE    a broker setting by Kafka's name; may be given several times
  -h, --help             this text`

/** What the command line asks for; `undefined` when it asks what it may. @throws {Error} for what cannot be understood */
export const brokerOptions = (args: readonly string[]): BrokerOptions | undefined => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      'advertised-host': { type: 'string' },
      dir: { type: 'string' },
      listener: { type: 'string', multiple: true },
      'tls-key': { type: 'string' },
      'tls-cert': { type: 'string' },
      'tls-ca': { type: 'string' },
      'tls-client-auth': { type: 'string' },
      user: { type: 'string', multiple: true, default: [] },
      users: { type: 'string' },
      acls: { type: 'boolean', default: false },
      'super-user': { type: 'string', multiple: true, default: [] },
      brokers: { type: 'string', default: '1' },
      partitions: { type: 'string', default: '1' },
      config: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const { host, port, listener, 'advertised-host': advertisedHost, 'super-user': superUsers } = values
  const fromFile = values.users === undefined ? [] : linesOf(values.users)
  return {
    // Given together with listeners, the broker itself says that these have their own.
    ...(listener === undefined ? { port: wholeNumber('--port', port ?? '9092') } : port === undefined ? {} : { port: wholeNumber('--port', port) }),
    ...(host === undefined ? {} : { host }),
    ...(advertisedHost === undefined ? {} : { advertisedHost }),
    ...(listener === undefined ? {} : { listeners: listener.map(listenerOf) }),
    ...tlsOf(values),
    users: Object.fromEntries([...fromFile, ...values.user].map(userOf)),
    ...(values.acls || superUsers.length > 0 ? { acls: { superUsers } } : {}),
    dir: values.dir,
    brokers: wholeNumber('--brokers', values.brokers),
    numPartitions: wholeNumber('--partitions', values.partitions),
    config: Object.fromEntries(values.config.map((pair) => pairOf('--config takes NAME=VALUE', pair, '='))),
  }
}

const pairOf = (usage: string, pair: string, separator: string): [string, string] => {
  const at = pair.indexOf(separator)
  if (at < 1) throw new Error(`${usage}, not ${pair}`)
  return [pair.slice(0, at), pair.slice(at + 1)]
}

const userOf = (pair: string): [string, string] => {
  // Passwords are not to be in error messages.
  if (!/^[^:]+:./.test(pair)) throw new Error('users are given as NAME:PASSWORD, and one is not')
  return pairOf('', pair, ':')
}

const linesOf = (file: string): string[] => {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/).filter((line) => line !== '')
  } catch {
    throw new Error(`--users takes a file with a line NAME:PASSWORD for each, and ${file} cannot be read`)
  }
}

const LISTENER = /^(?:([\w.-]+)=)?([A-Z_]+):\/\/\[?([^=\]]*)\]?:(\d+)(?:=(.+):(\d+))?$/

const listenerOf = (url: string): ListenerOptions => {
  const match = LISTENER.exec(url)
  if (match === null) throw new Error(`--listener takes PROTOCOL://HOST:PORT, such as SSL://127.0.0.1:9093, not ${url}`)
  const [, name, protocol, host, port, advertisedHost, advertisedPort] = match
  return {
    ...(name === undefined ? {} : { name }),
    protocol: protocol as ListenerOptions['protocol'],
    host,
    port: Number(port),
    advertisedHost,
    ...(advertisedPort === undefined ? {} : { advertisedPort: Number(advertisedPort) }),
  }
}

const tlsOf = (values: { 'tls-key'?: string; 'tls-cert'?: string; 'tls-ca'?: string; 'tls-client-auth'?: string }): { tls?: BrokerTlsOptions } => {
  const { 'tls-key': key, 'tls-cert': cert, 'tls-ca': ca, 'tls-client-auth': clientAuth } = values
  if (key === undefined && cert === undefined) return {}
  if (key === undefined || cert === undefined) throw new Error('--tls-key and --tls-cert go together')
  return { tls: { key, cert, ca, ...(clientAuth === undefined ? {} : { clientAuth: clientAuth as BrokerTlsOptions['clientAuth'] }) } }
}

const wholeNumber = (option: string, text: string): number => {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0) throw new Error(`${option} takes a whole number, not ${text}`)
  return number
}
