import { describeCluster } from '../../protocol/messages/60-describe-cluster.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { authorizedClusterOperations } from '../security/gate.ts'
import { handler } from './handler.ts'

const BROKERS = 1
const CONTROLLERS = 2

export const describeClusterHandler = handler<typeof describeCluster>({
  api: describeCluster,
  handle: ({ endpointType, includeFencedBrokers, includeClusterAuthorizedOperations }, context) => {
    const { broker, addressOf } = context
    if (endpointType !== BROKERS) {
      const errorCode = endpointType === CONTROLLERS ? errorCodes.MISMATCHED_ENDPOINT_TYPE : errorCodes.UNSUPPORTED_ENDPOINT_TYPE
      return { errorCode, errorMessage: 'The request was sent to an endpoint of the wrong type.', clusterId: '', brokers: [] }
    }
    const { cluster, clusterId } = broker
    const shown = includeFencedBrokers ? cluster.nodeIds : cluster.running
    return {
      errorCode: errorCodes.NONE,
      endpointType,
      clusterId,
      controllerId: cluster.controllerId,
      brokers: shown.map((brokerId) => ({ brokerId, ...addressOf(brokerId), isFenced: !cluster.isRunning(brokerId) })),
      ...(includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: authorizedClusterOperations(context) } : {}),
    }
  },
  fail: (_request, errorCode) => ({ errorCode, clusterId: '', brokers: [] }),
})
