import { Connection } from '../../lib/client/connection.ts'
import { handshake } from '../../lib/client/handshake.ts'
import { saslPlain } from '../../lib/client/sasl-plain.ts'
import { heartbeat } from '../../lib/protocol/messages/12-heartbeat.ts'
import { metadata } from '../../lib/protocol/messages/03-metadata.ts'
import { apiVersions } from '../../lib/protocol/messages/18-api-versions.ts'
import { saslAuthenticate } from '../../lib/protocol/messages/36-sasl-authenticate.ts'
import { saslHandshake } from '../../lib/protocol/messages/17-sasl-handshake.ts'
import { encodeResponse } from '../../lib/protocol/codec.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import { ScriptedBroker } from './scripted-broker.ts'

const beat = { groupId: 'g', generationId: 1, memberId: 'm' }
const ok = { errorCode: 0 }

let broker: ScriptedBroker
let open: Connection[] = []

const connect = async (options: { requestTimeoutMs?: number; onClose?: (error: Error) => void } = {}): Promise<Connection> => {
  const connection = await Connection.open(
    { host: '127.0.0.1', port: broker.port },
    { clientId: 'test', connectTimeoutMs: 5000, requestTimeoutMs: 5000, ...options },
  )
  open.push(connection)
  return connection
}

const ready = async (options: { requestTimeoutMs?: number } = {}): Promise<Connection> => {
  const connection = await connect(options)
  await handshake(connection, { timeoutMs: 5000 })
  return connection
}

beforeEach(async () => {
  broker = await ScriptedBroker.start()
})

afterEach(async () => {
  open.forEach((connection) => connection.close())
  open = []
  await broker.close()
})

describe('Connection', () => {
  test('should send the next request before the last one is answered', async () => {
    const connection = await ready()
    const answers = [0, 1, 2].map((generationId) => connection.request(heartbeat, { ...beat, generationId }))
    const requests = [await broker.next(), await broker.next(), await broker.next()]
    expect(requests.map((request) => request.body['generationId'])).toEqual([0, 1, 2])
    expect(new Set(requests.map((request) => request.correlationId)).size).toBe(3)
    expect(connection.pending).toBe(3)
    requests.forEach((request, i) => request.answer(heartbeat, { errorCode: i }))
    expect((await Promise.all(answers)).map((answer) => answer.errorCode)).toEqual([0, 1, 2])
  })

  test('should put answers together that arrive in pieces', async () => {
    const connection = await ready()
    const answer = connection.request(heartbeat, beat)
    const request = await broker.next()
    const bytes = Buffer.concat(encodeResponse(heartbeat, request.version, request.correlationId, { errorCode: 27 }))
    for (const byte of bytes) request.write(Buffer.from([byte]))
    expect((await answer).errorCode).toBe(27)
  })

  test('should name itself by its client id', async () => {
    const connection = await ready()
    const answer = connection.request(heartbeat, beat)
    const request = await broker.next()
    expect(request.clientId).toBe('test')
    request.answer(heartbeat, ok)
    await answer
  })

  test('should fail everything that waits with a retriable error when the broker goes away', async () => {
    const closed: Error[] = []
    const connection = await connect({ onClose: (error) => closed.push(error) })
    await handshake(connection, { timeoutMs: 5000 })
    const answers = [connection.request(heartbeat, beat), connection.request(heartbeat, beat)]
    ;(await broker.next()).disconnect()
    for (const answer of answers) {
      await expect(answer).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_BROKER_UNAVAILABLE', retriable: true })
    }
    expect(connection.alive).toBe(false)
    expect(closed).toHaveLength(1)
    await expect(connection.request(heartbeat, beat)).rejects.toMatchObject({ retriable: true })
  })

  test('should end with a time-out when an answer does not come', async () => {
    const connection = await ready({ requestTimeoutMs: 50 })
    const first = connection.request(heartbeat, beat)
    const second = connection.request(metadata, {}, { timeoutMs: 10_000 })
    await expect(first).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_TIMEOUT', retriable: true, message: expect.stringContaining('Heartbeat within 50 ms') as string })
    await expect(second).rejects.toMatchObject({ retriable: true })
    expect(connection.alive).toBe(false)
  })

  test('should not take an answer for another question', async () => {
    const connection = await ready()
    const answer = connection.request(heartbeat, beat)
    const request = await broker.next()
    for (const part of encodeResponse(heartbeat, request.version, request.correlationId + 7, ok)) request.write(part)
    await expect(answer).rejects.toThrow(/answer \d+ came where \d+ was expected/)
  })

  test('should say why when nobody listens', async () => {
    const port = broker.port
    await broker.close()
    const refused = Connection.open({ host: '127.0.0.1', port }, { clientId: 'test', connectTimeoutMs: 5000, requestTimeoutMs: 5000 })
    await expect(refused).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_BROKER_UNAVAILABLE', retriable: true, message: expect.stringContaining('ECONNREFUSED') as string })
    broker = await ScriptedBroker.start()
  })
})

describe('handshake', () => {
  test('should ask again in version 0 when the broker is too old for the question', async () => {
    broker.answersVersions = false
    const connection = await connect()
    const done = handshake(connection, { timeoutMs: 5000 })
    const first = await broker.next()
    expect(first.version).toBe(3)
    for (const part of encodeResponse(apiVersions, 0, first.correlationId, { errorCode: errorCodes.UNSUPPORTED_VERSION, apiKeys: [] })) first.write(part)
    const second = await broker.next()
    expect(second.version).toBe(0)
    second.answer(apiVersions, { errorCode: 0, apiKeys: [{ apiKey: 12, minVersion: 1, maxVersion: 2 }] })
    await done
    expect(connection.versionOf(heartbeat)).toBe(2)
    expect(() => connection.versionOf(metadata)).toThrow(/does not know Metadata/)
    expect(() => connection.versionOf(heartbeat, 0)).toThrow(/knows Heartbeat 1 to 2, this client 0 to 0/)
  })

  test('should prove who it is when SASL is asked for', async () => {
    const connection = await connect()
    const done = handshake(connection, { sasl: saslPlain({ username: 'ann', password: 'secret' }), timeoutMs: 5000 })
    const mechanism = await broker.next()
    expect(mechanism.body).toMatchObject({ mechanism: 'PLAIN' })
    mechanism.answer(saslHandshake, { errorCode: 0, mechanisms: ['PLAIN'] })
    const proof = await broker.next()
    expect((proof.body['authBytes'] as Buffer).toString()).toBe('\0ann\0secret')
    proof.answer(saslAuthenticate, { errorCode: 0, authBytes: Buffer.alloc(0) })
    await done
  })

  /** Answers the two requests of SASL PLAIN; the proof then counts for so long. */
  const acceptProof = async (sessionLifetimeMs: number): Promise<void> => {
    const mechanism = await broker.next()
    expect(mechanism.api.name).toBe('SaslHandshake')
    mechanism.answer(saslHandshake, { errorCode: 0, mechanisms: ['PLAIN'] })
    ;(await broker.next()).answer(saslAuthenticate, { errorCode: 0, authBytes: Buffer.alloc(0), sessionLifetimeMs })
  }

  test('should prove again who it is when the broker will not believe it much longer, while requests wait', async () => {
    const connection = await connect()
    const done = handshake(connection, { sasl: saslPlain({ username: 'ann', password: 'secret' }), timeoutMs: 5000 })
    await acceptProof(1)
    await done
    const start = performance.now()
    while (performance.now() < start + 1) await undefined
    const answers = [1, 2].map((generationId) => connection.request(heartbeat, { ...beat, generationId }))
    await acceptProof(1000_000)
    const requests = [await broker.next(), await broker.next()]
    expect(requests.map((request) => request.body['generationId'])).toEqual([1, 2])
    requests.forEach((request) => request.answer(heartbeat, ok))
    expect(await Promise.all(answers)).toMatchObject([ok, ok])
    const later = connection.request(heartbeat, beat)
    ;(await broker.next()).answer(heartbeat, ok)
    expect(await later).toMatchObject(ok)
  })

  test('should end the connection, and all that waits for it, when it is not believed any longer', async () => {
    const connection = await connect()
    const done = handshake(connection, { sasl: saslPlain({ username: 'ann', password: 'secret' }), timeoutMs: 5000 })
    await acceptProof(1)
    await done
    const start = performance.now()
    while (performance.now() < start + 1) await undefined
    const answers = [1, 2].map((generationId) => connection.request(heartbeat, { ...beat, generationId }).catch((error: unknown) => error))
    ;(await broker.next()).answer(saslHandshake, { errorCode: 0, mechanisms: ['PLAIN'] })
    ;(await broker.next()).answer(saslAuthenticate, { errorCode: errorCodes.SASL_AUTHENTICATION_FAILED, authBytes: Buffer.alloc(0) })
    for (const error of await Promise.all(answers)) expect(error).toMatchObject({ code: 'MILLRACE_CLIENT_AUTHENTICATION', retriable: false })
    expect(connection.alive).toBe(false)
  })

  test('should fail for good when the password is wrong', async () => {
    const connection = await connect()
    const done = handshake(connection, { sasl: saslPlain({ username: 'ann', password: 'wrong' }), timeoutMs: 5000 })
    ;(await broker.next()).answer(saslHandshake, { errorCode: 0, mechanisms: ['PLAIN'] })
    const answer = { errorCode: errorCodes.SASL_AUTHENTICATION_FAILED, errorMessage: 'no such user', authBytes: Buffer.alloc(0) }
    void broker.next().then((request) => request.answer(saslAuthenticate, answer))
    await expect(done).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_AUTHENTICATION', retriable: false, message: expect.stringContaining('no such user') as string })
  })
})
