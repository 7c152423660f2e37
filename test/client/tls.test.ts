import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import type { Server } from 'node:tls'
import { Cluster } from '../../lib/client/cluster.ts'
import { selfSigned } from './self-signed.ts'
import { ScriptedBroker } from './scripted-broker.ts'

const identity = selfSigned()

let broker: ScriptedBroker
let tls: Server
let address: string
const clusters: Cluster[] = []

/** A broker that speaks TLS: what comes decrypted goes to a scripted one. */
beforeAll(async () => {
  broker = await ScriptedBroker.start()
  tls = createServer(identity, (socket) => {
    const inner = connect(broker.port, '127.0.0.1')
    socket.on('error', () => inner.destroy())
    inner.on('error', () => socket.destroy())
    socket.pipe(inner).pipe(socket)
  })
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
  address = `127.0.0.1:${(tls.address() as AddressInfo).port}`
})

afterAll(async () => {
  for (const cluster of clusters) await cluster.close()
  await broker.close()
  await new Promise((resolve) => tls.close(resolve))
})

const open = (options: { tls?: object }, server = address): Cluster => {
  const cluster = new Cluster({ bootstrapServers: [server], requestTimeoutMs: 500, connectTimeoutMs: 500, retryBackoffMs: 5, reconnectBackoffMs: 5, ...options })
  clusters.push(cluster)
  return cluster
}

describe('a connection over TLS', () => {
  test('should be made when the certificate is trusted', async () => {
    const connection = await open({ tls: { ca: identity.cert } }).connection(-1, 'admin')
    expect(connection.alive).toBe(true)
  })

  test('should be refused for good when the certificate is not trusted', async () => {
    await expect(open({ tls: {} }).connection(-1, 'admin')).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_AUTHENTICATION', retriable: false })
  })

  test('should be refused for good when the certificate is for another host', async () => {
    const elsewhere = open({ tls: { ca: identity.cert } }, address.replace('127.0.0.1', 'localhost'))
    await expect(elsewhere.connection(-1, 'admin')).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_AUTHENTICATION', message: expect.stringContaining('altnames') as string })
  })

  test('should fail when the broker does not speak TLS', async () => {
    const connecting = open({ tls: { ca: identity.cert } }, broker.address).connect()
    await expect(connecting).rejects.toMatchObject({ code: expect.stringMatching(/BROKER_UNAVAILABLE|TIMEOUT/) as string })
  })

  test('should fail without TLS when the broker speaks it', async () => {
    await expect(open({}).connect()).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_BROKER_UNAVAILABLE' })
  })
})
