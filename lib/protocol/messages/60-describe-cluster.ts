import type { ApiDefinition } from '../schema.ts'
import { OPERATIONS_OMITTED } from './common-fields.ts'

/** Endpoint types: 1 brokers, 2 controllers. */
export const describeCluster = {
  key: 60,
  name: 'DescribeCluster',
  versions: '0-2',
  flexible: '0+',
  request: {
    includeClusterAuthorizedOperations: 'boolean',
    endpointType: { type: 'int8', versions: '1+', default: 1 },
    includeFencedBrokers: { type: 'boolean', versions: '2+' },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    endpointType: { type: 'int8', versions: '1+', default: 1 },
    clusterId: 'string',
    controllerId: { type: 'int32', default: -1 },
    brokers: {
      arrayOf: {
        brokerId: 'int32',
        host: 'string',
        port: 'int32',
        rack: { type: 'string', nullable: '0+' },
        isFenced: { type: 'boolean', versions: '2+' },
      },
    },
    clusterAuthorizedOperations: { type: 'int32', default: OPERATIONS_OMITTED },
  },
} as const satisfies ApiDefinition
