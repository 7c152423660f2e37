import { findCoordinator } from '../../protocol/messages/10-find-coordinator.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'

const NOBODY = { nodeId: -1, host: '', port: -1 }
/** Groups, transactions, and partitions of share groups. */
const KNOWN_TYPES = [0, 1, 2]
const SHARE = 2

/** A group, the id of a topic as Kafka writes it, and a partition. */
const SHARE_KEY = /^.+:[\w-]{22}:-?\d+$/s

export const findCoordinatorHandler = handler<typeof findCoordinator>({
  api: findCoordinator,
  handle: (request, { broker, addressOf, apiVersion }) => {
    const find = (key: string) => {
      if (!KNOWN_TYPES.includes(request.keyType)) return { ...NOBODY, errorCode: errorCodes.INVALID_REQUEST }
      if (request.keyType === SHARE && (apiVersion < 6 || !SHARE_KEY.test(key))) return { ...NOBODY, errorCode: errorCodes.INVALID_REQUEST }
      const nodeId = broker.cluster.coordinatorOf(key)
      return { nodeId, ...addressOf(nodeId), errorCode: errorCodes.NONE }
    }
    return apiVersion < 4 ? find(request.key) : { coordinators: request.coordinatorKeys.map((key) => ({ key, ...find(key) })) }
  },
  fail: (request, errorCode) => ({ ...NOBODY, errorCode, coordinators: request.coordinatorKeys.map((key) => ({ key, ...NOBODY, errorCode })) }),
})
