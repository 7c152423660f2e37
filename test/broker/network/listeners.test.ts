import { connect } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CompressionTypes, Kafka, logLevel } from 'kafkajs'
import type { SASLOptions } from 'kafkajs'
import { Broker } from '../../../lib/broker/index.ts'
import type { BrokerOptions, ListenerOptions } from '../../../lib/broker/index.ts'
import { Admin } from '../../../lib/client/admin.ts'
import { Cluster } from '../../../lib/client/cluster.ts'
import { saslScram } from '../../../lib/client/sasl-scram.ts'
import { describeCluster, findCoordinator, metadata } from '../../../lib/protocol/index.ts'
import { selfSigned } from '../../client/self-signed.ts'
import { RawClient } from '../helpers/raw-client.ts'

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'

const server = selfSigned()
const client = selfSigned()
const stranger = selfSigned()
const everywhere: readonly ListenerOptions[] = [
  { protocol: 'PLAINTEXT' }, { protocol: 'SSL' }, { protocol: 'SASL_PLAINTEXT' }, { protocol: 'SASL_SSL' },
  { name: 'OUTSIDE', protocol: 'SSL', advertisedHost: 'broker.example', advertisedPort: 19093, tls: { ...server, ca: client.cert, clientAuth: 'required' } },
]

let broker: Broker

beforeAll(async () => {
  broker = await Broker.start({ listeners: everywhere, tls: { ...server, ca: client.cert, clientAuth: 'requested' }, users: { alice: 'alice-secret' } })
})

afterAll(() => broker.close())

const tls = { ca: server.cert }
const at = (listener: string): string => broker.addressesOf(listener)[0]!

const knownAddress = async (address: string, options?: object): Promise<string[]> => {
  const raw = await RawClient.connect(address, options)
  const { brokers: [shown] } = await raw.request(metadata, 9, { topics: [] })
  const { brokers: [described] } = await raw.request(describeCluster, 0, { includeClusterAuthorizedOperations: false })
  const { coordinators: [coordinator] } = await raw.request(findCoordinator, 4, { keyType: 0, coordinatorKeys: ['g'] })
  raw.close()
  return [shown!, described!, coordinator!].map(({ host, port }) => `${host}:${port}`)
}

describe('a broker with several listeners', () => {
  test('should tell clients the address of the listener that they came by', async () => {
    expect(await knownAddress(at('PLAINTEXT'))).toEqual([at('PLAINTEXT'), at('PLAINTEXT'), at('PLAINTEXT')])
    expect(await knownAddress(at('SSL'), tls)).toEqual([at('SSL'), at('SSL'), at('SSL')])
    const outside = `127.0.0.1:${at('OUTSIDE').split(':')[1]}`
    const advertised = 'broker.example:19093'
    expect(await knownAddress(outside, { ...tls, key: client.key, cert: client.cert })).toEqual([advertised, advertised, advertised])
  })

  test('should have the address of the first as its own', () => {
    expect(broker.address).toBe(at('PLAINTEXT'))
    expect(() => broker.addressesOf('OTHER')).toThrow('no listener is called OTHER; there are PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL, OUTSIDE')
  })

  test('should have all of them for each of its broker ids', async () => {
    await using two = await Broker.start({ brokers: 2, listeners: [{ protocol: 'PLAINTEXT' }, { protocol: 'SSL' }], tls: server })
    const raw = await RawClient.connect(two.addressesOf('SSL')[1]!, tls)
    expect((await raw.request(metadata, 9, { topics: [] })).brokers.map(({ host, port }) => `${host}:${port}`)).toEqual(two.addressesOf('SSL'))
    raw.close()
  })

  test.each<[string, SASLOptions | undefined]>([
    ['SSL', undefined],
    ['SASL_PLAINTEXT', { mechanism: 'plain', username: 'alice', password: 'alice-secret' }],
    ['SASL_SSL', { mechanism: 'plain', username: 'alice', password: 'alice-secret' }],
    ['SASL_SSL', { mechanism: 'scram-sha-256', username: 'alice', password: 'alice-secret' }],
    ['SASL_SSL', { mechanism: 'scram-sha-512', username: 'alice', password: 'alice-secret' }],
  ])('should carry records of kafkajs by %s with %j', async (listener, sasl) => {
    const ssl = listener.endsWith('SSL') ? { ca: [server.cert] } : false
    const kafka = new Kafka({ brokers: [at(listener)], ssl, ...(sasl === undefined ? {} : { sasl }), logLevel: logLevel.NOTHING })
    const topic = `by-${listener}-${sasl?.mechanism ?? 'nothing'}`
    const producer = kafka.producer()
    await producer.connect()
    // Larger than what TLS puts into one record, or a socket reads at a time.
    const value = Buffer.alloc(700_000, 'x')
    await producer.send({ topic, messages: [{ value }, { value: 'last' }], compression: CompressionTypes.None })
    await producer.disconnect()
    const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topic, fromBeginning: true })
    const seen: number[] = []
    await new Promise<void>((resolve) => {
      void consumer.run({
        eachMessage: async ({ message }) => {
          seen.push(message.value!.length)
          if (seen.length === 2) resolve()
        },
      })
    })
    expect(seen).toEqual([value.length, 4])
    await consumer.disconnect()
  })

  test('should let our own client in by TLS and SCRAM', async () => {
    const cluster = new Cluster({ bootstrapServers: [at('SASL_SSL')], tls, sasl: saslScram({ mechanism: 'SCRAM-SHA-512', username: 'alice', password: 'alice-secret' }) })
    await new Admin(cluster).createTopics([{ name: 'ours', numPartitions: 1 }])
    await cluster.close()
  })
})

describe('a listener with TLS', () => {
  /** Whether a client with these options is served. */
  const isServed = async (listener: string, options: object): Promise<boolean> => {
    const raw = await RawClient.connect(`127.0.0.1:${at(listener).split(':')[1]}`, { ...tls, ...options }).catch(() => undefined)
    const answer = await raw?.request(metadata, 5, { topics: [] }).catch(() => undefined)
    raw?.close()
    return answer !== undefined
  }

  test.each([
    ['requested', 'SSL', true, true, false],
    ['required', 'OUTSIDE', false, true, false],
  ])('should serve clients by their certificates, when these are %s', async (_what, listener, without, withGood, withBad) => {
    expect(await isServed(listener, {})).toBe(without)
    expect(await isServed(listener, { key: client.key, cert: client.cert })).toBe(withGood)
    expect(await isServed(listener, { key: stranger.key, cert: stranger.cert })).toBe(withBad)
  })

  test('should close connections that do not speak it, and live on', async () => {
    const [host, port] = at('SSL').split(':')
    const plain = connect({ host: host!, port: Number(port) })
    plain.on('error', () => {})
    plain.write(Buffer.alloc(1000, 'GET / HTTP/1.1\r\n'))
    plain.resume()
    await new Promise<void>((resolve) => plain.on('close', () => resolve()))
    expect(await isServed('SSL', {})).toBe(true)
  })
})

describe('Broker.start', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'listeners-'))
  const file = (name: string, text: string): string => {
    writeFileSync(path.join(directory, name), text)
    return path.join(directory, name)
  }
  afterAll(() => rmSync(directory, { recursive: true }))

  test('should read key and certificate from files', async () => {
    await using other = await Broker.start({ listeners: [{ protocol: 'SSL' }], tls: { key: file('key.pem', server.key), cert: file('cert.pem', server.cert) } })
    const raw = await RawClient.connect(other.address, tls)
    raw.close()
  })

  test.each<[string, BrokerOptions, string]>([
    ['no listener at all', { listeners: [] }, 'listeners is empty'],
    ['two listeners of one name', { listeners: [{}, {}] }, 'two listeners are called PLAINTEXT'],
    ['an unknown protocol', { listeners: [{ protocol: 'TLS' as 'SSL' }] }, "a listener's protocol is one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL, not TLS"],
    ['a port that is none', { listeners: [{ port: 70_000 }] }, 'the port of listener PLAINTEXT is a port from 0 to 65535, not 70000'],
    ['listeners beside a port', { listeners: [{}], port: 1 }, 'port cannot be given together with listeners'],
    ['TLS without a certificate', { listeners: [{ protocol: 'SSL' }] }, 'listener SSL speaks TLS: it needs tls'],
    ['a key that is not there', { listeners: [{ protocol: 'SSL' }], tls: { key: '/no/such/file', cert: server.cert } }, 'tls.key of listener SSL is neither PEM nor a file'],
    ['a key of another certificate', { listeners: [{ protocol: 'SSL' }], tls: { key: client.key, cert: server.cert } }, 'the key and certificate of listener SSL cannot be used'],
    ['clients to be checked against nothing', { listeners: [{ protocol: 'SSL' }], tls: { ...server, clientAuth: 'required' } }, 'tls.clientAuth required needs tls.ca'],
    ['a limit of nothing', { limits: { maxConnections: 0 } }, 'limits.maxConnections is a number above 0, not 0'],
    ['a SASL mechanism that does not exist', { config: { 'sasl.enabled.mechanisms': 'GSSAPI' } }, 'sasl.enabled.mechanisms'],
  ])('should refuse %s', async (_what, options, message) => {
    await expect(Broker.start(options)).rejects.toMatchObject({ code: 'MILLRACE_BROKER_CONFIG_INVALID', message: expect.stringContaining(message) as string })
  })
})
