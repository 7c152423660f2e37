import { readFileSync } from 'node:fs'
import type { TlsOptions as NodeTlsOptions } from 'node:tls'
import { BrokerError } from '../errors.ts'

export const securityProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
/** Whether a listener speaks TLS (`…SSL`), and whether its clients have to say who they are (`SASL_…`). */
export type SecurityProtocol = (typeof securityProtocols)[number]

const clientAuths = ['none', 'requested', 'required'] as const

/** What a listener needs to speak TLS. PEM, as text or as the path of a file. */
export interface BrokerTlsOptions {
  readonly key: string
  /** The broker's certificate, followed by those between it and a root. */
  readonly cert: string
  /** The password of the key, if it has one. */
  readonly passphrase?: string
  /** Who may sign the certificates of clients. */
  readonly ca?: string
  /** Whether clients show a certificate: its subject is then who they are, as `User:CN=…`. Kafka's `ssl.client.auth`. @default 'none' */
  readonly clientAuth?: (typeof clientAuths)[number]
}

/** One way into the broker. */
export interface ListenerOptions {
  /** @default 'PLAINTEXT' */
  readonly protocol?: SecurityProtocol
  /** What tells it from other listeners. @default the protocol */
  readonly name?: string
  /** The address to listen on. @default '127.0.0.1' */
  readonly host?: string
  /** The port to listen on; 0 takes any that is free. @default 0 */
  readonly port?: number
  /** The host that clients of this listener are told to connect to. @default the one listened on, or the one they reached when that is a wildcard */
  readonly advertisedHost?: string
  /** The port that clients of this listener are told to connect to. @default the one listened on */
  readonly advertisedPort?: number
  /** For SSL and SASL_SSL. @default the broker's `tls` */
  readonly tls?: BrokerTlsOptions
}

export interface Address {
  readonly host: string
  readonly port: number
}

const WILDCARDS = ['0.0.0.0', '::', '']

const invalid = (message: string): BrokerError => new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', message)

const checkPort = (what: string, port: number): void => {
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw invalid(`${what} is a port from 0 to 65535, not ${port}`)
}

/** One way into one node: where it listens, what it speaks there, and what clients are told. */
export class Listener {
  /** The broker id that clients reach by it. */
  readonly nodeId: number
  readonly name: string
  readonly protocol: SecurityProtocol
  readonly host: string
  /** What node:tls takes; `undefined` when the listener speaks no TLS. */
  readonly tls: NodeTlsOptions | undefined
  readonly #advertisedHost: string | undefined
  readonly #advertisedPort: number | undefined
  /** As wanted; as bound once the broker listens. */
  port: number

  /** @throws {BrokerError} MILLRACE_BROKER_CONFIG_INVALID */
  constructor(options: ListenerOptions, nodeId: number, tls: BrokerTlsOptions | undefined) {
    const { protocol = 'PLAINTEXT', name = protocol, host = '127.0.0.1', port = 0 } = options
    if (!securityProtocols.includes(protocol)) throw invalid(`a listener's protocol is one of ${securityProtocols.join(', ')}, not ${String(protocol)}`)
    checkPort(`the port of listener ${name}`, port)
    if (options.advertisedPort !== undefined) checkPort(`the advertised port of listener ${name}`, options.advertisedPort)
    this.nodeId = nodeId
    this.name = name
    this.protocol = protocol
    this.host = host
    this.port = port
    this.#advertisedHost = options.advertisedHost ?? (WILDCARDS.includes(host) ? undefined : host)
    this.#advertisedPort = options.advertisedPort
    this.tls = protocol.endsWith('SSL') ? tlsOptions(name, options.tls ?? tls) : undefined
  }

  get hasSasl(): boolean {
    return this.protocol.startsWith('SASL')
  }

  /** Where clients that reached this local address are told to connect. */
  addressFor(localAddress: string | undefined): Address {
    return { host: this.#advertisedHost ?? localAddress?.replace(/^::ffff:/, '') ?? 'localhost', port: this.#advertisedPort ?? this.port }
  }
}

/** The listeners of every broker id, where ports that were chosen follow one another. @throws {BrokerError} MILLRACE_BROKER_CONFIG_INVALID */
export const listenersOf = (options: readonly ListenerOptions[], nodeIds: readonly number[], tls: BrokerTlsOptions | undefined): Listener[] => {
  if (options.length === 0) throw invalid('listeners is empty: a broker needs at least one')
  const names = options.map(({ name, protocol = 'PLAINTEXT' }) => name ?? protocol)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw invalid(`two listeners are called ${twice}: give each a name of its own`)
  return nodeIds.flatMap((nodeId, i) => options.map(({ port = 0, advertisedPort, ...rest }) => new Listener({
    ...rest, port: port === 0 ? 0 : port + i, ...(advertisedPort === undefined ? {} : { advertisedPort: advertisedPort + i }),
  }, nodeId, tls)))
}

/** Where clients of the listener of that name are told to connect for one of the broker ids. */
export const addressOfNode = (listeners: readonly Listener[], name: string, nodeId: number, localAddress: string | undefined): Address =>
  listeners.find((listener) => listener.nodeId === nodeId && listener.name === name)?.addressFor(localAddress) ?? { host: '', port: -1 }

const pem = (listener: string, field: string, value: string): Buffer => {
  if (value.includes('-----BEGIN')) return Buffer.from(value)
  try {
    return readFileSync(value)
  } catch (cause) {
    throw new BrokerError('MILLRACE_BROKER_CONFIG_INVALID', `tls.${field} of listener ${listener} is neither PEM nor a file that can be read: ${value}`, { cause })
  }
}

const tlsOptions = (listener: string, given: BrokerTlsOptions | undefined): NodeTlsOptions => {
  if (given === undefined) throw invalid(`listener ${listener} speaks TLS: it needs tls, with at least key and cert`)
  const { clientAuth = 'none' } = given
  if (!clientAuths.includes(clientAuth)) throw invalid(`tls.clientAuth is one of ${clientAuths.join(', ')}, not ${String(clientAuth)}`)
  if (clientAuth !== 'none' && given.ca === undefined) throw invalid(`tls.clientAuth ${clientAuth} needs tls.ca, to know whose certificates to trust`)
  return {
    key: pem(listener, 'key', given.key),
    cert: pem(listener, 'cert', given.cert),
    passphrase: given.passphrase,
    ca: given.ca === undefined ? undefined : pem(listener, 'ca', given.ca),
    requestCert: clientAuth !== 'none',
    rejectUnauthorized: clientAuth === 'required',
  }
}
