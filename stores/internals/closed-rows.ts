import { InvalidStateStoreError } from '../../lib/core/errors.ts'
import type { Rows } from './rows.ts'

/** The rows of a store that is not open: every access says so. */
export const closedRows = (storeName: string): Rows<never> => {
  const refuse = (): never => {
    throw new InvalidStateStoreError(`Store ${storeName} is currently closed; it may be used from its task's init to its close`)
  }
  return { get: refuse, put: refuse, delete: refuse, range: refuse, approximateCount: refuse }
}
