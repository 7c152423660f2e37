import type { JsonValue } from '../storage/journal.ts'

/** The names are Kafka's, as DescribeTransactions shows them. */
export type TransactionState = 'Empty' | 'Ongoing' | 'PrepareCommit' | 'PrepareAbort' | 'CompleteCommit' | 'CompleteAbort'

export const transactionStates: readonly string[] = ['Empty', 'Ongoing', 'PrepareCommit', 'PrepareAbort', 'CompleteCommit', 'CompleteAbort', 'PrepareEpochFence', 'Dead']

/** Producers go on with another id after this epoch. */
export const LAST_EPOCH = 32766
export const NO_EPOCH = -1
export const NO_PRODUCER = -1

/** What the coordinator knows of one transactional id. */
export interface Transaction {
  readonly transactionalId: string
  producerId: number
  /** The id before the last change of ids: a retry of the request that changed it still has it. */
  previousProducerId: number
  /** The id that the producer gets when its transaction is complete, since the epochs of the present one are used up. */
  nextProducerId: number
  /** -1 before the first time. */
  epoch: number
  /** The epoch before, when its owner may ask again for what it was given; else -1. */
  lastEpoch: number
  /** While it is prepared: the epoch of its batches, which may be the one before the present one; else -1. */
  endingEpoch: number
  timeoutMs: number
  state: TransactionState
  /** Partitions by topic. */
  readonly partitions: Map<string, Set<number>>
  /** Groups whose offsets are in the transaction. */
  readonly groups: Set<string>
  /** When the transaction began and when anything of it changed last (ms). */
  startMs: number
  updateMs: number
  /** There while markers are written: resolves when the transaction is complete. */
  completing: Promise<void> | undefined
}

export const newTransaction = (transactionalId: string, producerId: number, timeoutMs: number, nowMs: number): Transaction => ({
  transactionalId,
  producerId,
  previousProducerId: NO_PRODUCER,
  nextProducerId: NO_PRODUCER,
  epoch: NO_EPOCH,
  lastEpoch: NO_EPOCH,
  endingEpoch: NO_EPOCH,
  timeoutMs,
  state: 'Empty',
  partitions: new Map(),
  groups: new Set(),
  startMs: -1,
  updateMs: nowMs,
  completing: undefined,
})

interface StoredTransaction {
  readonly ids: readonly [producerId: number, previousProducerId: number, nextProducerId: number]
  readonly epochs: readonly [epoch: number, lastEpoch: number, endingEpoch?: number]
  readonly timeoutMs: number
  readonly state: TransactionState
  readonly partitions?: Readonly<Record<string, readonly number[]>>
  readonly groups?: readonly string[]
  readonly times: readonly [startMs: number, updateMs: number]
}

/** A transaction as the journal keeps it. */
export const storeTransaction = (of: Transaction): JsonValue => {
  const stored: StoredTransaction = {
    ids: [of.producerId, of.previousProducerId, of.nextProducerId],
    epochs: [of.epoch, of.lastEpoch, of.endingEpoch],
    timeoutMs: of.timeoutMs,
    state: of.state,
    ...(of.partitions.size === 0 ? {} : { partitions: Object.fromEntries([...of.partitions].map(([topic, partitions]) => [topic, [...partitions]])) }),
    ...(of.groups.size === 0 ? {} : { groups: [...of.groups] }),
    times: [of.startMs, of.updateMs],
  }
  return stored as unknown as JsonValue
}

export const restoreTransaction = (transactionalId: string, value: JsonValue): Transaction => {
  const { ids, epochs, timeoutMs, state, partitions = {}, groups = [], times } = value as unknown as StoredTransaction
  const [producerId, previousProducerId, nextProducerId] = ids
  return {
    transactionalId,
    producerId,
    previousProducerId,
    nextProducerId,
    epoch: epochs[0],
    lastEpoch: epochs[1],
    // In a journal of before there was this number a log's open transaction is the one that was prepared.
    endingEpoch: epochs[2] ?? LAST_EPOCH,
    timeoutMs,
    state,
    partitions: new Map(Object.entries(partitions).map(([topic, indexes]) => [topic, new Set(indexes)])),
    groups: new Set(groups),
    startMs: times[0],
    updateMs: times[1],
    completing: undefined,
  }
}

export const isPreparing = ({ state }: Transaction): boolean => state === 'PrepareCommit' || state === 'PrepareAbort'
export const isEpochExhausted = ({ epoch }: Transaction): boolean => epoch >= LAST_EPOCH
