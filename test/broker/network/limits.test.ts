import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Broker } from '../../../lib/broker/index.ts'
import { RequestMemory } from '../../../lib/broker/network/request-memory.ts'
import { describeGroups, encodeRequest, fetch, incrementalAlterConfigs, metadata, produce } from '../../../lib/protocol/index.ts'
import { selfSigned } from '../../client/self-signed.ts'
import { batchOf } from '../helpers/batches.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { createTopic, endOffset, until } from '../helpers/topics.ts'

const isServed = async (client: RawClient): Promise<boolean> => (await client.request(metadata, 5, { topics: [] })).brokers.length === 1

/** Whether a new connection is one that is served. */
const isLetIn = async (address: string): Promise<boolean> => {
  const client = await RawClient.connect(address)
  const served = await isServed(client).catch(() => false)
  client.close()
  return served
}

const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.on('close', () => resolve()))

describe('connections', () => {
  test('should be refused over the limit for an address, and let in when others went', async () => {
    await using broker = await Broker.start({ limits: { maxConnectionsPerIp: 2 } })
    const first = await RawClient.connect(broker.address)
    const second = await RawClient.connect(broker.address)
    expect([await isServed(first), await isServed(second), await isLetIn(broker.address)]).toEqual([true, true, false])
    first.close()
    await until(() => isLetIn(broker.address))
    second.close()
  })

  test.each(['max.connections', 'max.connections.per.ip'])('should be refused over the limit that an admin sets as %s while the broker runs', async (name) => {
    await using broker = await Broker.start({ limits: { maxConnections: 50, maxConnectionsPerIp: 50 } })
    const admin = await RawClient.connect(broker.address)
    const set = async (resourceName: string, value?: string): Promise<number> => {
      const configs = [{ name, value, configOperation: value === undefined ? 1 : 0 }]
      return (await admin.request(incrementalAlterConfigs, 1, { resources: [{ resourceType: 4, resourceName, configs }], validateOnly: false })).responses[0]!.errorCode
    }
    expect([await set('', '1'), await isLetIn(broker.address)]).toEqual([0, false])
    expect([await set('0', '20'), await isLetIn(broker.address)]).toEqual([0, true])
    expect([await set('0'), await set(''), await isLetIn(broker.address)]).toEqual([0, 0, true])
    admin.close()
  })

  test('should be counted over all listeners, and before they speak TLS', async () => {
    await using broker = await Broker.start({ listeners: [{ protocol: 'PLAINTEXT' }, { protocol: 'SSL' }], tls: selfSigned(), config: { 'max.connections': 2 } })
    const silent = [1, 2].map(() => connect(Number(broker.addressesOf('SSL')[0]!.split(':')[1]), '127.0.0.1'))
    await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    expect(await isLetIn(broker.address)).toBe(false)
    silent[0]!.destroy()
    await until(() => isLetIn(broker.address))
    silent[1]!.destroy()
  })

  test('should be closed when nothing has come by them for long', async () => {
    await using broker = await Broker.start({ listeners: [{ protocol: 'PLAINTEXT' }, { protocol: 'SASL_PLAINTEXT' }], config: { 'connections.max.idle.ms': 50 } })
    for (const listener of ['PLAINTEXT', 'SASL_PLAINTEXT']) await (await RawClient.connect(broker.addressesOf(listener)[0]!)).closed
  })
})

/** A request of about so many bytes, as it is on the wire. */
const produceOf = (topic: string, bytes: number): Buffer =>
  Buffer.concat(encodeRequest(produce, 9, { correlationId: 1, clientId: 'large' }, { acks: -1, timeoutMs: 1, topicData: [{ name: topic, partitionData: [{ index: 0, records: batchOf([{ value: 'x'.repeat(bytes) }]) }] }] }))

describe('requests', () => {
  test('should wait to be read while others fill the memory for them, and be read when there is some', async () => {
    await using broker = await Broker.start({ limits: { maxQueuedRequestBytes: 300_000 } })
    const control = await RawClient.connect(broker.address)
    const { name } = await createTopic(control)
    const request = produceOf(name, 200_000)
    const clients = await Promise.all([1, 2, 3, 4].map(() => RawClient.connect(broker.address)))
    const answers = clients.map((client) => client.nextFrame())
    // Two are let in, since there is memory when each begins; the others have to wait.
    for (const client of clients) client.write(request.subarray(0, 100_000))
    expect(await isServed(control)).toBe(true)
    for (const client of clients.slice(2)) client.write(request.subarray(100_000))
    for (let i = 0; i < 10; i++) expect(await isServed(control)).toBe(true)
    expect(await endOffset(control, name)).toBe(0)
    clients[0]!.write(request.subarray(100_000))
    clients[1]!.close()
    await Promise.all([answers[0], answers[2], answers[3]])
    await answers[1]!.catch(() => {})
    expect(await endOffset(control, name)).toBe(3)
    for (const client of [control, ...clients]) client.close()
  })

  test('should be read though one alone is more than the memory for all', async () => {
    await using broker = await Broker.start({ limits: { maxQueuedRequestBytes: 1000 } })
    const client = await RawClient.connect(broker.address)
    const { name } = await createTopic(client)
    for (let i = 1; i <= 3; i++) {
      const answer = client.nextFrame()
      client.write(produceOf(name, 100_000))
      await answer
      expect(await endOffset(client, name)).toBe(i)
    }
    client.close()
  })

  test('should be refused when they list more than anybody could mean', async () => {
    await using broker = await Broker.start()
    const client = await RawClient.connect(broker.address)
    // An empty name takes one byte here, and much more once it is decoded.
    client.send(describeGroups, 5, { groups: new Array<string>(1_000_001).fill('') })
    await client.closed
    expect(await isLetIn(broker.address)).toBe(true)
  })

  test('should wait while their client does not read the answers to those before', async () => {
    await using broker = await Broker.start({ limits: { maxUnsentBytes: 1_000_000 } })
    const control = await RawClient.connect(broker.address)
    const { name } = await createTopic(control)
    const sent = control.nextFrame()
    control.write(produceOf(name, 500_000))
    await sent
    let handled = 0
    broker.control(fetch.key, () => {
      handled++
      return undefined
    })
    const total = 200
    const slow = connect(broker.port, '127.0.0.1').pause()
    const one = Buffer.concat(encodeRequest(fetch, 12, { correlationId: 1, clientId: 'slow' }, { maxWaitMs: 0, minBytes: 0, topics: [{ topic: name, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000_000 }] }] }))
    slow.write(Buffer.concat(new Array<Buffer>(total).fill(one)))
    // What the system keeps between the two is several MB; a hundred MB are asked for.
    let before = -1
    await until(async () => {
      const was = before
      before = handled
      for (let i = 0; i < 20; i++) await isServed(control)
      return handled > 0 && was === handled
    })
    expect(handled).toBeLessThan(total / 2)
    let bytes = 0
    await new Promise<void>((resolve) => {
      slow.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes >= total * 500_000) resolve()
      })
      slow.resume()
    })
    expect(handled).toBe(total)
    slow.destroy()
    await closed(slow)
    control.close()
  })
})

describe('RequestMemory', () => {
  test('should wake those who wait when there is some again, and nobody who waits no longer', async () => {
    const memory = new RequestMemory(100)
    const woken: string[] = []
    memory.take(150)
    expect(memory.isExhausted).toBe(true)
    memory.wait(() => woken.push('first'))
    const stop = memory.wait(() => woken.push('second'))
    memory.give(20)
    stop()
    await undefined
    expect(woken).toEqual([])
    memory.give(40)
    await undefined
    expect([woken, memory.isExhausted]).toEqual([['first'], false])
    memory.give(90)
    await undefined
    expect(woken).toEqual(['first'])
  })
})
