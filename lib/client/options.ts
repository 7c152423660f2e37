import { silentLogger } from '../core/log.ts'
import { systemTime } from '../core/time.ts'
import { InvalidRequestError } from './errors.ts'
import type { ClusterOptions } from './types.ts'

/** {@link ClusterOptions} with every default in place. */
export interface ResolvedClusterOptions extends ClusterOptions {
  readonly clientId: string
  readonly logger: NonNullable<ClusterOptions['logger']>
  readonly time: NonNullable<ClusterOptions['time']>
  readonly requestTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMaxMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly metadataMaxAgeMs: number
}

export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** @throws {InvalidRequestError} when it is not `host:port` (`[::1]:9092` for IPv6) */
export const parseEndpoint = (text: string): Endpoint => {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text.trim())
  const port = Number(match?.[3])
  if (match === null || port < 1 || port > 65_535) {
    throw new InvalidRequestError(`'${text}' is no bootstrap server: give host:port`)
  }
  return { host: (match[1] ?? match[2])!, port }
}

/** A number of milliseconds or bytes, at least `least`. */
export const atLeast = (least: number, name: string, value: number | null | undefined, fallback: number): number => {
  const chosen = value ?? fallback
  if (!(chosen >= least)) throw new InvalidRequestError(`${name} is ${chosen}: it must be a number of at least ${least}`)
  return chosen
}

/** Fills in the defaults. @throws {InvalidRequestError} naming the option that does not fit */
export const resolveClusterOptions = (options: ClusterOptions): ResolvedClusterOptions => {
  if (options.bootstrapServers.length === 0) throw new InvalidRequestError('bootstrapServers is empty: name at least one host:port')
  options.bootstrapServers.forEach(parseEndpoint)
  const reconnectBackoffMs = atLeast(0, 'reconnectBackoffMs', options.reconnectBackoffMs, 50)
  const retryBackoffMs = atLeast(0, 'retryBackoffMs', options.retryBackoffMs, 100)
  return {
    ...options,
    clientId: options.clientId ?? 'millrace',
    logger: options.logger ?? silentLogger,
    time: options.time ?? systemTime,
    requestTimeoutMs: atLeast(1, 'requestTimeoutMs', options.requestTimeoutMs, 30_000),
    connectTimeoutMs: atLeast(1, 'connectTimeoutMs', options.connectTimeoutMs, 10_000),
    reconnectBackoffMs,
    reconnectBackoffMaxMs: atLeast(reconnectBackoffMs, 'reconnectBackoffMaxMs', options.reconnectBackoffMaxMs, Math.max(1000, reconnectBackoffMs)),
    retryBackoffMs,
    retryBackoffMaxMs: atLeast(retryBackoffMs, 'retryBackoffMaxMs', options.retryBackoffMaxMs, Math.max(1000, retryBackoffMs)),
    metadataMaxAgeMs: atLeast(1, 'metadataMaxAgeMs', options.metadataMaxAgeMs, 300_000),
  }
}
