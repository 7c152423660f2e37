import { Broker } from '../../../lib/broker/index.ts'
import { Admin } from '../../../lib/client/admin.ts'
import { Cluster } from '../../../lib/client/cluster.ts'
import { saslPlain } from '../../../lib/client/sasl-plain.ts'
import { saslScram } from '../../../lib/client/sasl-scram.ts'
import { MockTime } from '../../../lib/core/time.ts'
import { apiVersions, listGroups, metadata, saslAuthenticate, saslHandshake } from '../../../lib/protocol/index.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { authenticatePlain, authenticateScram, plainMessage } from '../helpers/sasl.ts'

// What is expected here is what Kafka 4.3.1 answered to the same requests.

const USERS = { alice: 'alice-secret', 'b,o=b': 'bob-secret' }
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']
const software = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }

const time = new MockTime(1000)
let broker: Broker
let clients: RawClient[] = []

beforeAll(async () => {
  broker = await Broker.start({
    listeners: [{ protocol: 'SASL_PLAINTEXT' }, { protocol: 'PLAINTEXT' }],
    users: USERS,
    config: { 'connection.failed.authentication.delay.ms': 1, 'connections.max.reauth.ms': 3000 },
    time,
  })
})

afterAll(() => broker.close())

afterEach(() => {
  for (const client of clients) client.close()
  clients = []
})

const connect = async (listener = 'SASL_PLAINTEXT'): Promise<RawClient> => {
  const client = await RawClient.connect(broker.addressesOf(listener)[0]!)
  clients.push(client)
  return client
}

const isServed = async (client: RawClient): Promise<boolean> => (await client.request(metadata, 5, { topics: [] })).brokers.length === 1

describe('a listener with SASL', () => {
  test('should serve who has proven by PLAIN to be a user', async () => {
    const client = await connect()
    expect(await client.request(apiVersions, 3, software)).toMatchObject({ errorCode: 0 })
    expect(await authenticatePlain(client, 'alice', 'alice-secret')).toMatchObject({ errorCode: 0, errorMessage: '', sessionLifetimeMs: 3000 })
    expect(await isServed(client)).toBe(true)
  })

  test.each(['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('should serve who has proven by %s to be a user', async (mechanism) => {
    for (const [user, password] of Object.entries(USERS)) {
      const client = await connect()
      expect(await authenticateScram(client, mechanism, user, password)).toMatchObject({ errorCode: 0 })
      expect(await isServed(client)).toBe(true)
    }
  })

  test('should let a client act only as itself', async () => {
    const client = await connect()
    await client.request(saslHandshake, 1, { mechanism: 'PLAIN' })
    expect(await client.request(saslAuthenticate, 1, { authBytes: plainMessage('alice', 'alice-secret', 'alice') })).toMatchObject({ errorCode: 0 })
    const other = await connect()
    await other.request(saslHandshake, 1, { mechanism: 'PLAIN' })
    expect(await other.request(saslAuthenticate, 1, { authBytes: plainMessage('alice', 'alice-secret', 'bob') })).toMatchObject({
      errorCode: errorCodes.SASL_AUTHENTICATION_FAILED, errorMessage: expect.stringContaining('different from username') as string,
    })
    await other.closed
  })

  test.each([
    ['alice', 'wrong', 'Authentication failed: Invalid username or password'],
    ['nobody', 'wrong', 'Authentication failed: Invalid username or password'],
    ['', 'x', 'Authentication failed: username not specified'],
    ['alice', '', 'Authentication failed: password not specified'],
    ['alice\0alice', 'x', 'Invalid SASL/PLAIN response: expected 3 tokens, got 4'],
  ])('should refuse %j with password %j by PLAIN, say why, and close', async (user, password, errorMessage) => {
    const client = await connect()
    expect(await authenticatePlain(client, user, password)).toMatchObject({ errorCode: errorCodes.SASL_AUTHENTICATION_FAILED, errorMessage })
    await client.closed
  })

  test.each(['alice', 'nobody'])('should refuse a wrong password of %s by SCRAM in words that do not tell whether there is such a user', async (user) => {
    const client = await connect()
    expect(await authenticateScram(client, 'SCRAM-SHA-256', user, 'wrong')).toMatchObject({
      errorCode: errorCodes.SASL_AUTHENTICATION_FAILED, errorMessage: 'Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256',
    })
    await client.closed
  })

  test.each([
    'garbage', 'n,,n=alice', 'n,,n=al=ice,r=abc', 'n,,r=abc,n=alice', 'p=tls-unique,,n=alice,r=abc', 'n,,m=must,n=alice,r=abc', 'n,,n=alice,r=', '', 'n,a=bob,n=alice,r=abc',
  ])('should refuse %j as the beginning of SCRAM', async (message) => {
    const client = await connect()
    await client.request(saslHandshake, 1, { mechanism: 'SCRAM-SHA-512' })
    expect(await client.request(saslAuthenticate, 2, { authBytes: Buffer.from(message) })).toMatchObject({ errorCode: errorCodes.SASL_AUTHENTICATION_FAILED })
    await client.closed
  })

  test.each([
    ['garbage', () => 'garbage'],
    ['the nonce of another dialogue', () => 'c=biws,r=other,p=AAAA'],
    ['another channel binding', (nonce: string) => `c=eSws,r=${nonce},p=AAAA`],
    ['a proof that is too short', (nonce: string) => `c=biws,r=${nonce},p=AAAA`],
  ])('should refuse %s as the end of SCRAM', async (_what, message) => {
    const client = await connect()
    await client.request(saslHandshake, 1, { mechanism: 'SCRAM-SHA-256' })
    const { authBytes } = await client.request(saslAuthenticate, 2, { authBytes: Buffer.from('n,,n=alice,r=abc') })
    const nonce = /^r=([^,]+),/.exec(authBytes.toString())![1]!
    expect(nonce.length).toBeGreaterThan('abc'.length + 20)
    expect(await client.request(saslAuthenticate, 2, { authBytes: Buffer.from(message(nonce)) })).toMatchObject({ errorCode: errorCodes.SASL_AUTHENTICATION_FAILED })
    await client.closed
  })

  test('should take the tokens of old clients as they are, without requests around them', async () => {
    const client = await connect()
    expect(await client.request(saslHandshake, 0, { mechanism: 'PLAIN' })).toMatchObject({ errorCode: 0, mechanisms: MECHANISMS })
    const token = plainMessage('alice', 'alice-secret')
    const size = Buffer.alloc(4)
    size.writeInt32BE(token.length)
    const answer = client.nextFrame()
    client.write(Buffer.concat([size, token]))
    expect((await answer).length).toBe(0)
    expect(await isServed(client)).toBe(true)
  })

  test('should tell a client that wants another mechanism which there are, and close', async () => {
    const client = await connect()
    expect(await client.request(saslHandshake, 1, { mechanism: 'GSSAPI' })).toEqual({ errorCode: errorCodes.UNSUPPORTED_SASL_MECHANISM, mechanisms: MECHANISMS })
    await client.closed
  })

  test.each([['Metadata', metadata, 5], ['SaslAuthenticate', saslAuthenticate, 1]] as const)('should close at once when %s is the first request', async (_name, api, version) => {
    const client = await connect()
    await expect(client.request(api, version, { topics: [], authBytes: Buffer.alloc(0) })).rejects.toThrow('closed')
  })

  test('should close when the versions are asked for twice', async () => {
    const client = await connect()
    await client.request(apiVersions, 3, software)
    await expect(client.request(apiVersions, 3, software)).rejects.toThrow('closed')
  })

  test.each([['ListGroups', listGroups, 4], ['SaslHandshake', saslHandshake, 1], ['ApiVersions', apiVersions, 2]] as const)('should refuse %s in the middle of authentication', async (_name, api, version) => {
    const client = await connect()
    await client.request(saslHandshake, 1, { mechanism: 'PLAIN' })
    expect(await client.request(api, version, { statesFilter: [], mechanism: 'PLAIN' })).toMatchObject({ errorCode: errorCodes.ILLEGAL_SASL_STATE })
    await client.closed
  })

  test('should not even read a large request before authentication', async () => {
    const client = await connect()
    const size = Buffer.alloc(4)
    size.writeInt32BE(524_289)
    client.write(size)
    await client.closed
  })

  test('should answer a second proof that nobody wants with an error', async () => {
    const client = await connect()
    await authenticatePlain(client, 'alice', 'alice-secret')
    expect(await client.request(saslAuthenticate, 2, { authBytes: plainMessage('alice', 'alice-secret') })).toMatchObject({ errorCode: errorCodes.ILLEGAL_SASL_STATE })
    expect(await isServed(client)).toBe(true)
  })
})

describe('an authentication that ends', () => {
  test('should be good until then, and no longer', async () => {
    const client = await connect()
    await authenticatePlain(client, 'alice', 'alice-secret')
    time.advance(3000)
    expect(await isServed(client)).toBe(true)
    time.advance(1)
    await expect(isServed(client)).rejects.toThrow('closed')
  })

  test('should last longer when the client proves itself anew, which it may once a second', async () => {
    const client = await connect()
    await authenticateScram(client, 'SCRAM-SHA-256', 'alice', 'alice-secret')
    for (let i = 0; i < 3; i++) {
      time.advance(2500)
      expect(await authenticateScram(client, 'SCRAM-SHA-256', 'alice', 'alice-secret')).toMatchObject({ errorCode: 0, sessionLifetimeMs: 3000 })
      expect(await isServed(client)).toBe(true)
    }
    expect(await client.request(saslHandshake, 1, { mechanism: 'SCRAM-SHA-256' })).toMatchObject({ errorCode: errorCodes.ILLEGAL_SASL_STATE })
    expect(await isServed(client)).toBe(true)
  })

  test('should not be prolonged by somebody else, nor with a wrong password, nor by another mechanism', async () => {
    const asOther = await connect()
    await authenticatePlain(asOther, 'alice', 'alice-secret')
    expect(await authenticatePlain(asOther, 'b,o=b', 'bob-secret')).toMatchObject({
      errorCode: errorCodes.SASL_AUTHENTICATION_FAILED, errorMessage: 'Cannot change principals during re-authentication from User.alice: User.b,o=b',
    })
    await asOther.closed
    const wrong = await connect()
    await authenticatePlain(wrong, 'alice', 'alice-secret')
    expect(await authenticatePlain(wrong, 'alice', 'wrong')).toMatchObject({ errorCode: errorCodes.SASL_AUTHENTICATION_FAILED })
    await wrong.closed
    const mechanism = await connect()
    await authenticatePlain(mechanism, 'alice', 'alice-secret')
    await expect(authenticateScram(mechanism, 'SCRAM-SHA-512', 'alice', 'alice-secret')).rejects.toThrow('closed')
  })
})

test('a listener without SASL should answer attempts at it with an error, and serve as ever', async () => {
  const client = await connect('PLAINTEXT')
  expect(await client.request(saslHandshake, 1, { mechanism: 'PLAIN' })).toEqual({ errorCode: errorCodes.ILLEGAL_SASL_STATE, mechanisms: [] })
  expect(await client.request(saslAuthenticate, 2, { authBytes: plainMessage('alice', 'alice-secret') })).toMatchObject({ errorCode: errorCodes.ILLEGAL_SASL_STATE })
  expect(await isServed(client)).toBe(true)
})

describe('our own client', () => {
  const open = (sasl: ConstructorParameters<typeof Cluster>[0]['sasl']): Cluster =>
    new Cluster({ bootstrapServers: [broker.addressesOf('SASL_PLAINTEXT')[0]!], sasl, requestTimeoutMs: 5000, retryBackoffMs: 5 })

  test.each([
    ['PLAIN', saslPlain({ username: 'alice', password: 'alice-secret' })],
    ['SCRAM-SHA-256', saslScram({ mechanism: 'SCRAM-SHA-256', username: 'b,o=b', password: 'bob-secret' })],
    ['SCRAM-SHA-512', saslScram({ mechanism: 'SCRAM-SHA-512', username: 'alice', password: 'alice-secret' })],
  ])('should be let in by %s', async (_name, mechanism) => {
    const cluster = open(mechanism)
    await new Admin(cluster).createTopics([{ name: `by-${mechanism.name}`, numPartitions: 1 }])
    expect((await cluster.metadata()).has(`by-${mechanism.name}`)).toBe(true)
    await cluster.close()
  })

  test('should be told for good that its password is wrong', async () => {
    const cluster = open(saslPlain({ username: 'alice', password: 'wrong' }))
    await expect(cluster.connect()).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_AUTHENTICATION', retriable: false })
    await cluster.close()
  })
})
