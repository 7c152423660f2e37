import { describeCluster } from '../../protocol/messages/60-describe-cluster.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'

const BROKERS = 1

export const describeClusterHandler = handler<typeof describeCluster>({
  api: describeCluster,
  handle: ({ endpointType, includeFencedBrokers }, { broker, addressOf }) => {
    if (endpointType !== BROKERS) {
      return { errorCode: errorCodes.MISMATCHED_ENDPOINT_TYPE, errorMessage: 'The request was sent to an endpoint of the wrong type.', clusterId: '', brokers: [] }
    }
    const { cluster, clusterId } = broker
    const shown = includeFencedBrokers ? cluster.nodeIds : cluster.running
    return {
      errorCode: errorCodes.NONE,
      endpointType,
      clusterId,
      controllerId: cluster.controllerId,
      brokers: shown.map((brokerId) => ({ brokerId, ...addressOf(brokerId), isFenced: !cluster.isRunning(brokerId) })),
    }
  },
  fail: (_request, errorCode) => ({ errorCode, clusterId: '', brokers: [] }),
})
