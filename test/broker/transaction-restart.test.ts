import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import { Broker } from '../../lib/broker/index.ts'
import type { BrokerOptions } from '../../lib/broker/index.ts'
import { MockTime } from '../../lib/core/time.ts'
import { offsetFetch } from '../../lib/protocol/index.ts'
import { RawClient } from './helpers/raw-client.ts'
import { withDirectory } from './helpers/test-log.ts'
import { createTopic } from './helpers/topics.ts'
import type { TestTopic } from './helpers/topics.ts'
import { RawTransactions, V1, contentOf, producersOf } from './helpers/transactions.ts'

type Life = (client: RawClient, broker: Broker) => Promise<void>

/** Runs one life of a broker after the other on the same directory. */
const lives = (options: BrokerOptions, ...each: Life[]): Promise<void> => withDirectory(async (dir) => {
  for (const life of each) {
    const broker = await Broker.start({ ...options, dir })
    const client = await RawClient.connect(broker.address)
    try {
      await life(client, broker)
    } finally {
      client.close()
      await broker.close()
    }
  }
})

const sameProducer = (client: RawClient, { id, producerId, epoch }: RawTransactions): RawTransactions => Object.assign(new RawTransactions(client, undefined, id), { producerId, epoch })

describe('a broker that is started again on its directory', () => {
  test('should leave an open transaction open, for its producer to go on with', async () => {
    let [topic, producer, group]: [TestTopic?, RawTransactions?, string?] = []
    await lives({}, async (client) => {
      [topic, producer, group] = [await createTopic(client), await new RawTransactions(client).init(), 'group']
      await producer.produce(topic, 0)
      await producer.commitOffset(group, topic.name, 7)
    }, async (client) => {
      expect(await contentOf(client, topic!.name)).toEqual({ content: [], aborted: [] })
      producer = sameProducer(client, producer!)
      expect(await producer.describe()).toMatchObject({ transactionState: 'Ongoing', topics: [{ topic: topic!.name, partitions: [0] }, { topic: '__consumer_offsets' }] })
      expect((await producer.produce(topic!, 1)).errorCode).toBe(errorCodes.NONE)
      await producer.end(true)
    }, async (client) => {
      expect((await contentOf(client, topic!.name)).content).toEqual([0, 1, 'commit'])
      const answer = await client.request(offsetFetch, 8, { requireStable: true, groups: [{ groupId: group!, topics: [{ name: topic!.name, partitionIndexes: [0] }] }] })
      expect(answer.groups[0]!.topics[0]!.partitions[0]).toMatchObject({ committedOffset: 7, errorCode: errorCodes.NONE })
    })
  })

  test('should take a first batch for its transaction that the journal did not hear of before the process was killed', () => withDirectory(async (dir) => {
    const journal = path.join(dir, 'journal.log')
    const live = async (life: (client: RawClient) => Promise<void>): Promise<void> => {
      const broker = await Broker.start({ dir })
      const client = await RawClient.connect(broker.address)
      await life(client)
      client.close()
      await broker.close()
    }
    let [topic, producer]: [TestTopic?, RawTransactions?] = []
    await live(async (client) => {
      [topic, producer] = [await createTopic(client), await new RawTransactions(client).init()]
    })
    const before = readFileSync(journal)
    await live(async (client) => expect(await sameProducer(client, producer!).produce(topic!, 0)).toMatchObject({ errorCode: errorCodes.NONE, baseOffset: 0 }))
    writeFileSync(journal, before)
    await live(async (client) => {
      const again = sameProducer(client, producer!)
      expect(await again.produce(topic!, 0)).toMatchObject({ errorCode: errorCodes.NONE, baseOffset: 0 })
      expect(await again.produce(topic!, 1)).toMatchObject({ errorCode: errorCodes.NONE, baseOffset: 1 })
      await again.end(true)
      expect(await contentOf(client, topic!.name)).toEqual({ content: [0, 1, 'commit'], aborted: [] })
    })
  }))

  test('should know aborted transactions, epochs and sequences, over several segments', async () => {
    let [topic, a, b]: [TestTopic?, RawTransactions?, RawTransactions?] = []
    const check: Life = async (client) => {
      const found = await contentOf(client, topic!.name)
      expect(found.aborted).toEqual([[a!.producerId, 0], [a!.producerId, 4]])
      expect(found.content).toEqual([0, 1, 'abort', 'commit', 4, 'abort'])
      expect(await producersOf(client, topic!.name)).toMatchObject([{ producerId: a!.producerId, producerEpoch: 2, lastSequence: -1, coordinatorEpoch: 0 }, { producerId: b!.producerId }])
    }
    await lives({ config: { 'log.segment.bytes': 150 } }, async (client, broker) => {
      [topic, a, b] = [await createTopic(client), await new RawTransactions(client).init(), await new RawTransactions(client).init()]
      await a.produce(topic, 0)
      await b.produce(topic, 0)
      await a.end(false)
      await b.end(true)
      await a.produce(topic, 0)
      await a.end(false)
      await check(client, broker)
    }, check, check, async (client) => {
      expect((await sameProducer(client, a!).produce(topic!, 5)).errorCode).toBe(errorCodes.OUT_OF_ORDER_SEQUENCE_NUMBER)
    })
  })

  test('should abort what ran out of time in the meantime, and keep its producers apart from later ones', async () => {
    const time = new MockTime(Date.now())
    let [topic, producer]: [TestTopic?, RawTransactions?] = []
    await lives({ time, config: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': 5 } }, async (client) => {
      [topic, producer] = [await createTopic(client), await new RawTransactions(client, V1).init({ transactionTimeoutMs: 1000 })]
      await producer.addPartitions(topic.name, [0])
      await producer.produce(topic, 0)
      time.advance(2000)
    }, async (client) => {
      producer = sameProducer(client, producer!)
      await producer.init({ producerId: producer.producerId, producerEpoch: 0 })
      expect(producer.epoch).toBe(1)
      expect(await contentOf(client, topic!.name)).toEqual({ content: [0, 'abort'], aborted: [[producer.producerId, 0]] })
    })
  })

  test('should forget transactional ids that were not used for long, but not those with an open transaction', async () => {
    const time = new MockTime(Date.now())
    let [open, idle]: [RawTransactions?, RawTransactions?] = []
    const config = { 'transactional.id.expiration.ms': 10_000, 'transaction.remove.expired.transaction.cleanup.interval.ms': 5 }
    await lives({ time, config }, async (client) => {
      const topic = await createTopic(client);
      [open, idle] = [await new RawTransactions(client).init({ transactionTimeoutMs: 900_000 }), await new RawTransactions(client).init()]
      await open.produce(topic, 0)
      time.advance(20_000)
      while ((await idle.describe()).errorCode !== errorCodes.TRANSACTIONAL_ID_NOT_FOUND) await new Promise((resolve) => setImmediate(resolve))
    }, async (client) => {
      expect((await new RawTransactions(client, undefined, idle!.id).describe()).errorCode).toBe(errorCodes.TRANSACTIONAL_ID_NOT_FOUND)
      expect(await new RawTransactions(client, undefined, open!.id).state()).toBe('Ongoing')
    })
  })
})
