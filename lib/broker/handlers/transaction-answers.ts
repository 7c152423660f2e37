import { errorCodes } from '../../protocol/error-table.ts'
import type { BrokerState } from '../broker-state.ts'

/** The answer once everything that it tells of survives the process. */
export const whenSafe = <T>(broker: BrokerState, answer: T): T | Promise<T> => broker.journal.flushed()?.then(() => answer) ?? answer

/** Clients from before there was PRODUCER_FENCED know the same as INVALID_PRODUCER_EPOCH. */
export const fencedAsOldEpoch = (error: number, isOldClient: boolean): number =>
  isOldClient && error === errorCodes.PRODUCER_FENCED ? errorCodes.INVALID_PRODUCER_EPOCH : error
