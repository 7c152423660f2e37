import { compressionTypes } from '../protocol/records/batch-format.ts'
import { InvalidRequestError } from './errors.ts'
import { atLeast } from './options.ts'
import type { ResolvedClusterOptions } from './options.ts'
import type { CompressionType, ProducerOptions } from './types.ts'

/** Brokers remember this many batches of an idempotent producer and partition: more must not be under way. */
export const MAX_IN_FLIGHT_IDEMPOTENT = 5

export const DEFAULT_BUFFER_MEMORY = 32 * 1024 * 1024

/** {@link ProducerOptions} with every default in place. */
export interface ResolvedProducerOptions extends ProducerOptions {
  readonly acks: -1 | 0 | 1
  readonly idempotent: boolean
  readonly transactionTimeoutMs: number
  readonly batchSize: number
  readonly lingerMs: number
  readonly compression: CompressionType
  readonly bufferMemory: number
  readonly maxInFlight: number
  readonly deliveryTimeoutMs: number
  readonly maxRequestSize: number
  readonly requestTimeoutMs: number
  readonly maxBlockMs: number
}

/** @throws {InvalidRequestError} naming the options that do not fit each other */
export const resolveProducerOptions = (options: ProducerOptions, cluster: ResolvedClusterOptions): ResolvedProducerOptions => {
  const acks = options.acks ?? -1
  const idempotent = options.idempotent ?? (acks === -1 || options.transactionalId !== undefined)
  if (![-1, 0, 1].includes(acks)) throw new InvalidRequestError(`acks is ${acks}: give -1, 0 or 1`)
  if (idempotent && acks !== -1) throw new InvalidRequestError(`acks is ${acks}: idempotence needs -1`)
  if (!idempotent && options.transactionalId !== undefined) throw new InvalidRequestError('idempotent is false: transactions need it')
  const compression = options.compression ?? 'none'
  if (!compressionTypes.includes(compression)) {
    throw new InvalidRequestError(`compression is '${compression}': give ${compressionTypes.join(', ')}`)
  }
  const maxInFlight = atLeast(1, 'maxInFlight', options.maxInFlight, MAX_IN_FLIGHT_IDEMPOTENT)
  if (idempotent && maxInFlight > MAX_IN_FLIGHT_IDEMPOTENT) {
    throw new InvalidRequestError(`maxInFlight is ${maxInFlight}: with idempotence at most ${MAX_IN_FLIGHT_IDEMPOTENT}`)
  }
  const maxRequestSize = atLeast(1024, 'maxRequestSize', options.maxRequestSize, 1_048_576)
  return {
    ...options,
    acks,
    idempotent,
    compression,
    maxInFlight,
    maxRequestSize,
    transactionTimeoutMs: atLeast(1, 'transactionTimeoutMs', options.transactionTimeoutMs, 60_000),
    batchSize: Math.min(maxRequestSize, atLeast(1, 'batchSize', options.batchSize, 262_144)),
    lingerMs: atLeast(0, 'lingerMs', options.lingerMs, 5),
    bufferMemory: atLeast(1, 'bufferMemory', options.bufferMemory, DEFAULT_BUFFER_MEMORY),
    deliveryTimeoutMs: atLeast(1, 'deliveryTimeoutMs', options.deliveryTimeoutMs, 120_000),
    requestTimeoutMs: atLeast(1, 'requestTimeoutMs', options.requestTimeoutMs, cluster.requestTimeoutMs),
    maxBlockMs: atLeast(0, 'maxBlockMs', options.maxBlockMs, 60_000),
  }
}
