import { ClosedError, CommitFailedError, DeliveryError, KafkaResponseError, ProducerFencedError, RebalanceInProgressError, TimeoutError, TransactionAbortableError } from '../../lib/client/errors.ts'
import { errorOf } from '../../lib/client/kafka-errors.ts'
import type { ClientError } from '../../lib/client/errors.ts'
import type { DeliveryErrorHook, GroupMetadata, OffsetAndMetadata, RecordProducer } from '../../lib/client/types.ts'
import { silentLogger } from '../../lib/core/log.ts'
import { MockTime } from '../../lib/core/time.ts'
import { errorCodes } from '../../lib/protocol/error-table.ts'
import { SeparateCommits, TransactionalCommits } from '../../lib/runtime/offset-commits.ts'
import { StreamsProducer } from '../../lib/runtime/streams-producer.ts'
import { TaskMigratedError } from '../../lib/task/errors.ts'
import type { ProductionResult } from '../../topology/exception-handlers.ts'

const TIMEOUT_MS = 1000
const offsets = new Map([['t-0', { offset: 3 }]])
const member: GroupMetadata = { groupId: 'g', generationId: 4, memberId: 'm' }

/** A producer that says what it was asked to do, and fails at what a test names. */
class FakeProducer {
  readonly asked: string[] = []
  readonly failures: Record<string, ClientError[]> = {}
  fatalError: ClientError | undefined
  onError!: DeliveryErrorHook

  #do(what: string): Promise<void> {
    this.asked.push(what)
    const failure = this.failures[what]?.shift()
    return failure === undefined ? Promise.resolve() : Promise.reject(failure)
  }

  flush = (): Promise<void> => this.#do('flush')
  initTransactions = (): Promise<void> => this.#do('init')
  beginTransaction = (): void => void this.asked.push('begin')
  commitTransaction = (): Promise<void> => this.#do('commit')
  abortTransaction = (): Promise<void> => this.#do('abort')
  sendOffsetsToTransaction = (_offsets: ReadonlyMap<string, OffsetAndMetadata>, { memberId, generationId }: GroupMetadata): Promise<void> =>
    this.#do(`offsets of ${memberId} in ${generationId}`)
}

let fake: FakeProducer
let time: MockTime
let answer: ProductionResult

const producerOf = (transactions: boolean): StreamsProducer =>
  new StreamsProducer(
    (onError) => {
      fake.onError = onError
      return fake as unknown as RecordProducer
    },
    () => answer,
    transactions ? { timeoutMs: TIMEOUT_MS } : undefined,
  )

beforeEach(() => {
  fake = new FakeProducer()
  time = new MockTime()
  answer = 'fail'
})

describe('commits in transactions', () => {
  let producer: StreamsProducer
  let group: GroupMetadata
  let commits: TransactionalCommits
  let isOver: boolean

  beforeEach(async () => {
    producer = producerOf(true)
    group = member
    isOver = true
    commits = new TransactionalCommits({ producer, time, timeoutMs: TIMEOUT_MS, groupMetadata: () => group, isOver: () => isOver, logger: silentLogger })
    await producer.begin()
    fake.asked.length = 0
  })

  test('should end the transaction when records and offsets are in it, and open the next one', async () => {
    expect(await commits.commit(offsets)).toBe(true)
    expect(fake.asked).toEqual(['offsets of m in 4', 'flush', 'commit', 'begin'])
  })

  test('should send nothing when the member has no generation, in which nobody would check whose the tasks are', async () => {
    group = { ...member, generationId: -1 }
    await expect(commits.commit(offsets)).rejects.toThrow(TaskMigratedError)
    expect(fake.asked).toEqual([])
  })

  const lost = (code: number): TransactionAbortableError => {
    const cause = errorOf(code, 'committing')
    return new TransactionAbortableError('abort', { cause, kafkaName: cause.kafkaName })
  }
  test.each([
    ['the group has moved on', 'offsets of m in 4', lost(errorCodes.ILLEGAL_GENERATION)],
    ['the member is unknown', 'offsets of m in 4', lost(errorCodes.UNKNOWN_MEMBER_ID)],
    ['the group rebalances', 'offsets of m in 4', lost(errorCodes.REBALANCE_IN_PROGRESS)],
    ['somebody else has the transactional id', 'commit', new ProducerFencedError('fenced')],
    ['the transaction has timed out', 'commit', errorOf(errorCodes.INVALID_PRODUCER_EPOCH, 'committing')],
    ['the broker wants it aborted', 'commit', lost(errorCodes.TRANSACTION_ABORTABLE)],
    ['nobody knows how it ended', 'commit', new TimeoutError('no answer')],
  ])('should have the tasks begin again when %s', async (_why, step, error) => {
    fake.failures[step] = [error]
    await expect(commits.commit(offsets)).rejects.toThrow(TaskMigratedError)
    await producer.recover()
    expect(fake.asked.slice(-2)).toEqual(['init', 'begin'])
    expect(await commits.commit(offsets)).toBe(true)
  })

  test('should keep the transaction for a later commit when the group is between two generations and the member belongs to both', async () => {
    isOver = false
    fake.failures['offsets of m in 4'] = [errorOf(errorCodes.ILLEGAL_GENERATION, 'committing')]
    expect(await commits.commit(offsets)).toBe(false)
    group = { ...member, generationId: 5 }
    expect(await commits.commit(offsets)).toBe(true)
    expect(fake.asked).toEqual(['offsets of m in 4', 'flush', 'offsets of m in 5', 'flush', 'commit', 'begin'])
  })

  test('should fail when something is wrong that will be wrong again', async () => {
    fake.failures['offsets of m in 4'] = [lost(errorCodes.GROUP_AUTHORIZATION_FAILED)]
    await expect(commits.commit(offsets)).rejects.toThrow(TransactionAbortableError)
    fake.failures.commit = [new KafkaResponseError('too much metadata', { kafkaName: 'OFFSET_METADATA_TOO_LARGE' })]
    await expect(commits.commit(offsets)).rejects.toThrow('too much metadata')
  })

  test('should fail when brokers are away for longer than task.timeout.ms', async () => {
    fake.failures.commit = [new TimeoutError('no answer'), new TimeoutError('still none')]
    await expect(commits.commit(offsets)).rejects.toThrow(TaskMigratedError)
    time.advance(TIMEOUT_MS + 1)
    await expect(commits.commit(offsets)).rejects.toThrow('still none')
  })

  test('should not ask the production exception handler when it is the transaction that is lost', async () => {
    const fenced = new ProducerFencedError('fenced')
    fake.fatalError = fenced
    fake.onError(new DeliveryError('gave up', { topic: 'out', partition: 2, recordCount: 9 }, { cause: fenced, kafkaName: fenced.kafkaName }), 'out', 2, 9)
    await expect(commits.commit(offsets)).rejects.toThrow(TaskMigratedError)
  })

  test('should fail when the handler forgives records that took the transaction with them', async () => {
    answer = 'continue'
    const tooLarge = errorOf(errorCodes.MESSAGE_TOO_LARGE, 'producing')
    fake.onError(new DeliveryError('gave up', { topic: 'out', partition: 2, recordCount: 1 }, { cause: tooLarge, kafkaName: tooLarge.kafkaName }), 'out', 2, 1)
    await expect(commits.commit(offsets)).rejects.toThrow('cannot be left out of a transaction')
  })

  test('should try to begin again until task.timeout.ms has passed', async () => {
    fake.failures.init = [new TimeoutError('no answer'), new TimeoutError('no answer')]
    await producer.recover()
    expect(fake.asked).toEqual(['init', 'init', 'init', 'begin'])
    fake.failures.init = [new ClosedError('closed')]
    await expect(producer.recover()).rejects.toThrow(ClosedError)
  })

  test('should abort what is left when the thread ends, and not mind when that fails', async () => {
    fake.failures.abort = [new TimeoutError('no answer')]
    await producer.abort()
    expect(fake.asked).toEqual(['abort'])
  })
})

describe('commits at least once', () => {
  let commit: () => Promise<void>
  let commits: SeparateCommits

  beforeEach(() => {
    commit = () => Promise.resolve()
    const commitOffsets = async (): Promise<void> => {
      fake.asked.push('offsets')
      await commit()
    }
    commits = new SeparateCommits({ producer: producerOf(false), time, timeoutMs: TIMEOUT_MS, commitOffsets, logger: silentLogger })
  })

  test('should commit offsets only when everything sent is acknowledged', async () => {
    expect(await commits.commit(offsets)).toBe(true)
    expect(fake.asked).toEqual(['flush', 'offsets'])
  })

  test('should be tried again later when the group rebalances, for as long as it takes', async () => {
    commit = () => Promise.reject(new RebalanceInProgressError('wait'))
    expect(await commits.commit(offsets)).toBe(false)
    time.advance(TIMEOUT_MS + 1)
    expect(await commits.commit(offsets)).toBe(false)
  })

  test('should fail when the coordinator is away for longer than task.timeout.ms', async () => {
    commit = () => Promise.reject(new TimeoutError('no answer'))
    expect(await commits.commit(offsets)).toBe(false)
    time.advance(TIMEOUT_MS + 1)
    await expect(commits.commit(offsets)).rejects.toThrow('no answer')
  })

  test('should have the tasks begin again when the group has moved on', async () => {
    commit = () => Promise.reject(new CommitFailedError('moved on'))
    await expect(commits.commit(offsets)).rejects.toThrow(TaskMigratedError)
  })
})
