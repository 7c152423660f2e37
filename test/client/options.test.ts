import { resolveGroupOptions } from '../../lib/client/group-options.ts'
import { parseEndpoint, resolveClusterOptions } from '../../lib/client/options.ts'
import { resolveFetcherOptions } from '../../lib/client/fetcher-options.ts'
import { resolveProducerOptions } from '../../lib/client/producer-options.ts'

const cluster = resolveClusterOptions({ bootstrapServers: ['localhost:9092'] })

describe('parseEndpoint', () => {
  test('should read names, IPv4 and IPv6 addresses', () => {
    expect(parseEndpoint('broker-1.example:9092')).toEqual({ host: 'broker-1.example', port: 9092 })
    expect(parseEndpoint(' 10.0.0.1:1 ')).toEqual({ host: '10.0.0.1', port: 1 })
    expect(parseEndpoint('[::1]:9093')).toEqual({ host: '::1', port: 9093 })
  })

  test.each(['localhost', 'localhost:', ':9092', 'a:b:9092', 'host:0', 'host:65536', 'kafka://host:9092'])('should refuse %p', (text) => {
    expect(() => parseEndpoint(text)).toThrow(`'${text}' is no bootstrap server`)
  })
})

describe('options', () => {
  test('should have the documented defaults', () => {
    expect(cluster).toMatchObject({ clientId: 'millrace', requestTimeoutMs: 30_000, reconnectBackoffMs: 50, reconnectBackoffMaxMs: 1000 })
    expect(resolveProducerOptions({}, cluster)).toMatchObject({ acks: -1, idempotent: true, batchSize: 262_144, lingerMs: 5, maxInFlight: 5 })
    expect(resolveProducerOptions({ acks: 1 }, cluster).idempotent).toBe(false)
    expect(resolveFetcherOptions({ onChunk: () => {} })).toMatchObject({ maxWaitMs: 500, minBytes: 1, maxBytes: undefined })
  })

  test.each([
    [{ acks: 1, idempotent: true } as const, /acks is 1: idempotence needs -1/],
    [{ idempotent: false, transactionalId: 'x' }, /transactions need it/],
    [{ maxInFlight: 6 }, /with idempotence at most 5/],
    [{ batchSize: 0 }, /batchSize is 0/],
    [{ lingerMs: Number.NaN }, /lingerMs is NaN/],
  ])('should refuse producer options that do not fit: %j', (options, message) => {
    expect(() => resolveProducerOptions(options, cluster)).toThrow(message)
  })

  test('should refuse a cluster without servers and a member without a group', () => {
    expect(() => resolveClusterOptions({ bootstrapServers: [] })).toThrow(/bootstrapServers is empty/)
    const member = { groupId: 'g', protocols: [{ name: 'p', metadata: () => Buffer.alloc(0) }], assign: () => new Map(), onAssignment: () => {} }
    expect(() => resolveGroupOptions({ ...member, groupId: '' })).toThrow(/groupId is empty/)
    expect(() => resolveGroupOptions({ ...member, protocols: [] })).toThrow(/protocols is empty/)
    expect(() => resolveGroupOptions({ ...member, sessionTimeoutMs: 100, heartbeatIntervalMs: 100 })).toThrow(/must be below sessionTimeoutMs/)
  })
})
