import { errorCodes } from '../../protocol/error-table.ts'

/** Compares the leader epoch that a client knows with the log's; -1 means that it knows none. */
export const leaderEpochError = (known: number, current: number): number => {
  if (known < 0 || known === current) return errorCodes.NONE
  return known < current ? errorCodes.FENCED_LEADER_EPOCH : errorCodes.UNKNOWN_LEADER_EPOCH
}
