import { errorCodes } from '../../protocol/error-table.ts'
import { listPartitionReassignments } from '../../protocol/messages/46-list-partition-reassignments.ts'
import { handler } from './handler.ts'

/** Partitions move at once, so none is ever on its way. */
export const listPartitionReassignmentsHandler = handler<typeof listPartitionReassignments>({
  api: listPartitionReassignments,
  handle: () => ({ errorCode: errorCodes.NONE, topics: [] }),
  fail: (_request, errorCode) => ({ errorCode, topics: [] }),
})
