import { silentLogger } from '../../../lib/core/log.ts'
import { MockTime } from '../../../lib/core/time.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { BrokerConfig } from '../../../lib/broker/config/broker-config.ts'
import { GroupCoordinator } from '../../../lib/broker/groups/group-coordinator.ts'
import { MemoryLogs } from '../../../lib/broker/log/memory-logs.ts'
import { ProducerIds } from '../../../lib/broker/producer-ids.ts'
import type { PartitionLog } from '../../../lib/broker/log/partition-log.ts'
import { journalKey, NoJournal } from '../../../lib/broker/storage/journal.ts'
import type { JsonValue } from '../../../lib/broker/storage/journal.ts'
import { TopicRegistry } from '../../../lib/broker/topics/topic-registry.ts'
import { Cluster } from '../../../lib/broker/cluster/cluster.ts'
import { coordinatorPartition } from '../../../lib/broker/cluster/coordinator-partition.ts'
import { TransactionCoordinator } from '../../../lib/broker/transactions/transaction-coordinator.ts'
import type { ProducerAnswer } from '../../../lib/broker/transactions/transaction-coordinator.ts'
import { newTransaction, storeTransaction } from '../../../lib/broker/transactions/transaction.ts'
import type { Transaction } from '../../../lib/broker/transactions/transaction.ts'
import { batchOf } from '../helpers/batches.ts'

const LAST_EPOCH = 32766

const noLogs = (): void => {}

/** A coordinator that finds in its journal, and in the log of the one partition, what a process left behind that was killed. */
const coordinator = (journal = new NoJournal(), fillLog: (log: PartitionLog) => void = noLogs): TransactionCoordinator => {
  const [config, time, cluster] = [new BrokerConfig({}), new MockTime(), new Cluster(0, 1)]
  const topics = new TopicRegistry(config, new MemoryLogs(2 ** 20), journal, time, cluster)
  topics.create('t', [[0]], new Map())
  fillLog(topics.log('t', 0)!)
  return new TransactionCoordinator({ config, journal, topics, groups: new GroupCoordinator(config, journal, time, topics, cluster), producerIds: new ProducerIds(journal), time, logger: silentLogger })
}

/** Brings a producer to its last epoch. */
const atLastEpoch = async (transactions: TransactionCoordinator): Promise<ProducerAnswer> => {
  let given = transactions.init('x', 1000, undefined)
  while (given.producerEpoch < LAST_EPOCH) given = await transactions.end({ transactionalId: 'x', ...given }, false, true)
  return given
}

describe('the coordinator', () => {
  test('should give a producer another id when the epochs of the present one are used up by transactions', async () => {
    const transactions = coordinator()
    const last = await atLastEpoch(transactions)
    transactions.add({ transactionalId: 'x', ...last }, { partitions: [['t', 0]] })
    const next = await transactions.end({ transactionalId: 'x', ...last }, true, true)
    expect(next).toMatchObject({ errorCode: errorCodes.NONE, producerEpoch: 0 })
    expect(next.producerId).not.toBe(last.producerId)
    // The answer was lost: the same request again has the same answer.
    expect(await transactions.end({ transactionalId: 'x', ...last }, true, true)).toEqual(next)
    expect(transactions.add({ transactionalId: 'x', ...next }, { partitions: [['t', 0]] })).toBe(errorCodes.NONE)
    expect(await transactions.end({ transactionalId: 'x', ...next }, true, true)).toMatchObject({ errorCode: errorCodes.NONE, producerEpoch: 1 })
  })

  test('should give a producer another id when it comes again at its last epoch, and the same when its answer was lost', async () => {
    const transactions = coordinator()
    const { producerId } = await atLastEpoch(transactions)
    const next = transactions.init('x', 1000, { producerId, epoch: LAST_EPOCH })
    expect(next).toMatchObject({ errorCode: errorCodes.NONE, producerEpoch: 0 })
    expect(next.producerId).not.toBe(producerId)
    expect(transactions.init('x', 1000, { producerId, epoch: LAST_EPOCH })).toEqual(next)
  })
})

describe('a coordinator whose process was killed after it had prepared a commit', () => {
  const [producerId, epoch] = [7, 3]
  const ending: Transaction = { ...newTransaction('x', producerId, 60_000, 0), epoch: epoch + 1, lastEpoch: epoch, endingEpoch: epoch, state: 'PrepareCommit', partitions: new Map([['t', new Set([0])]]) }

  class LeftBehind extends NoJournal {
    override restored(prefix = ''): Iterable<readonly [string, JsonValue]> {
      return prefix === 'transaction/' ? [[journalKey('transaction', 'x'), storeTransaction(ending)]] : []
    }
  }

  const write = (log: PartitionLog, producerEpoch: number): void =>
    void log.append(batchOf([{ value: 'v' }], { producerId, producerEpoch, baseSequence: 0, transactional: true }))

  test('should write the marker that is missing', () => {
    let log!: PartitionLog
    const transactions = coordinator(new LeftBehind(), (given) => write((log = given), epoch))
    expect([log.nextOffset, log.lastStableOffset]).toEqual([2, 2])
    expect(transactions.get('x')!.state).toBe('CompleteCommit')
  })

  test('should leave the next transaction open, whose first batch came after the marker', () => {
    let log!: PartitionLog
    const transactions = coordinator(new LeftBehind(), (given) => {
      log = given
      write(log, epoch)
      log.endTransaction({ producerId, producerEpoch: epoch + 1, committed: true, coordinatorEpoch: 0 })
      write(log, epoch + 1)
    })
    expect([log.nextOffset, log.lastStableOffset]).toEqual([3, 2])
    expect(transactions.get('x')).toMatchObject({ state: 'Ongoing', epoch: epoch + 1, partitions: new Map([['t', new Set([0])]]) })
  })
})

test('the offsets of a group should be in the partition where Kafka has them', () => {
  expect(['', 'g', 'group', 'my-group', 'ünïcode'].map(coordinatorPartition)).toEqual([0, 3, 47, 36, 32])
})
