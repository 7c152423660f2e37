import { describeCluster } from '../../protocol/messages/60-describe-cluster.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'

const BROKERS = 1

export const describeClusterHandler = handler<typeof describeCluster>({
  api: describeCluster,
  handle: ({ endpointType }, { broker, advertised }) => {
    if (endpointType !== BROKERS) {
      return { errorCode: errorCodes.MISMATCHED_ENDPOINT_TYPE, errorMessage: 'The request was sent to an endpoint of the wrong type.', clusterId: '', brokers: [] }
    }
    return { errorCode: errorCodes.NONE, endpointType, clusterId: broker.clusterId, controllerId: broker.nodeId, brokers: [{ brokerId: broker.nodeId, ...advertised }] }
  },
  fail: (_request, errorCode) => ({ errorCode, clusterId: '', brokers: [] }),
})
