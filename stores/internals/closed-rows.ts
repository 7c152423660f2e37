import type { Rows } from './rows.ts'

/** The rows of a store that is not open: `refuse` answers every access. */
export const closedRows = (refuse: () => never): Rows<never> => ({ get: refuse, put: refuse, delete: refuse, range: refuse, approximateCount: refuse })
