import fc from 'fast-check'
import { Broker } from '../../lib/broker/index.ts'
import { handlers, onDemand } from '../../lib/broker/handlers/index.ts'
import { metadata } from '../../lib/protocol/index.ts'
import type { ApiDefinition } from '../../lib/protocol/index.ts'
import type { Logger } from '../../lib/core/log.ts'
import { selfSigned } from '../client/self-signed.ts'
import { arbitraryDamage, arbitraryRequest } from './helpers/arbitrary-requests.ts'
import { RawClient } from './helpers/raw-client.ts'
import { authenticatePlain } from './helpers/sasl.ts'
import { createTopic } from './helpers/topics.ts'

/** How many times as many frames as in everyday runs. */
const TIMES = Number(process.env.MILLRACE_FUZZ ?? 1)
const AT_ONCE = 10

const failures: object[] = []
const ignore = (): void => {}
/** Handlers that fail are closed connections to clients, but no less mistakes. */
const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: (fields) => failures.push(fields) }

const identity = selfSigned()
let broker: Broker
let control: RawClient
let apis: ApiDefinition[]

beforeAll(async () => {
  broker = await Broker.start({
    listeners: [{ protocol: 'PLAINTEXT' }, { protocol: 'SSL' }, { protocol: 'SASL_PLAINTEXT' }],
    tls: identity,
    users: { alice: 'alice-secret' },
    acls: { superUsers: ['User:ANONYMOUS'] },
    limits: { maxLogBytes: 20_000_000 },
    config: { 'connection.failed.authentication.delay.ms': 1 },
    logger,
  })
  control = await RawClient.connect(broker.address)
  await createTopic(control, 2)
  apis = (await Promise.all([0, 1, 2, 3, 18, ...onDemand.map(([apiKey]) => apiKey)].map((apiKey) => handlers.get(apiKey)!))).map(({ api }) => api)
})

afterAll(async () => {
  control.close()
  await broker.close()
})

afterEach(() => expect(failures.splice(0)).toEqual([]))

const lives = async (): Promise<void> => {
  expect((await control.request(metadata, 5, { topics: [] })).brokers.length).toBe(1)
}

/** Sends each frame over a connection of its own, and goes on once the broker has seen all of them and answers others. */
const offer = async (frames: readonly Uint8Array[], connect: () => Promise<RawClient>): Promise<void> => {
  const clients = await Promise.all(frames.map(async (frame) => {
    const client = await connect()
    client.write(frame)
    return client
  }))
  await lives()
  await lives()
  for (const client of clients) client.close()
}

const check = (frames: () => fc.Arbitrary<Uint8Array>, connect: () => Promise<RawClient>, numRuns: number): Promise<void> =>
  fc.assert(fc.asyncProperty(fc.array(frames(), { minLength: AT_ONCE, maxLength: AT_ONCE }), (some) => offer(some, connect)), { numRuns: numRuns * TIMES, endOnFailure: true })

const plain = (): Promise<RawClient> => RawClient.connect(broker.address)

describe('the broker', () => {
  test('should answer or refuse whatever request a client could make', () => check(() => arbitraryRequest(apis), plain, 80))

  test('should answer or refuse requests that were damaged', () => check(() => arbitraryDamage(arbitraryRequest(apis)), plain, 80))

  test('should refuse the same of clients that have not said who they are', () =>
    check(() => fc.oneof(arbitraryRequest(apis), arbitraryDamage(arbitraryRequest(apis))), () => RawClient.connect(broker.addressesOf('SASL_PLAINTEXT')[0]!), 30))

  test('should answer or refuse the same of clients that may do nothing', () => check(() => fc.oneof(arbitraryRequest(apis), arbitraryDamage(arbitraryRequest(apis))), async () => {
    const client = await RawClient.connect(broker.addressesOf('SASL_PLAINTEXT')[0]!)
    await authenticatePlain(client, 'alice', 'alice-secret')
    return client
  }, 30))

  test('should live on when what should be TLS is anything else', () =>
    check(() => fc.oneof(fc.uint8Array({ maxLength: 300 }), arbitraryRequest(apis), fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.concat([Buffer.from('160301', 'hex'), bytes]))), () => RawClient.connect(broker.addressesOf('SSL')[0]!), 10))

  test('should answer or refuse what comes by TLS', () =>
    check(() => arbitraryDamage(arbitraryRequest(apis)), () => RawClient.connect(broker.addressesOf('SSL')[0]!, { ca: identity.cert }), 3))
})
