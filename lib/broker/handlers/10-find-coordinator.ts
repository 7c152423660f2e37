import { findCoordinator } from '../../protocol/messages/10-find-coordinator.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'

const NOBODY = { nodeId: -1, host: '', port: -1 }
/** Groups and transactions. */
const KNOWN_TYPES = [0, 1]

export const findCoordinatorHandler = handler<typeof findCoordinator>({
  api: findCoordinator,
  handle: (request, { broker, advertised, apiVersion }) => {
    const here = { nodeId: broker.nodeId, ...advertised, errorCode: errorCodes.NONE }
    const found = KNOWN_TYPES.includes(request.keyType) ? here : { ...NOBODY, errorCode: errorCodes.INVALID_REQUEST }
    return apiVersion < 4 ? found : { coordinators: request.coordinatorKeys.map((key) => ({ key, ...found })) }
  },
  fail: (request, errorCode) => ({ ...NOBODY, errorCode, coordinators: request.coordinatorKeys.map((key) => ({ key, ...NOBODY, errorCode })) }),
})
