import type { ApiDefinition } from '../schema.ts'
import { acknowledgedTopics } from './79-share-acknowledge.ts'
import { currentLeader, nodeEndpoint, partitionsOfId } from './common-fields.ts'

/**
 * Brings records that nobody else of the group has, and says what became of earlier ones. Session epochs: 0 begins a session,
 * -1 ends it. Versions: 2 exact numbers of records (acquire mode 1), renewals.
 */
export const shareFetch = {
  key: 78,
  name: 'ShareFetch',
  versions: '1-2',
  flexible: '0+',
  request: {
    groupId: { type: 'string', nullable: '0+' },
    memberId: { type: 'string', nullable: '0+' },
    shareSessionEpoch: 'int32',
    maxWaitMs: 'int32',
    minBytes: 'int32',
    maxBytes: { type: 'int32', default: 0x7fffffff },
    maxRecords: 'int32',
    batchSize: 'int32',
    shareAcquireMode: { type: 'int8', versions: '2+' },
    isRenewAck: { type: 'boolean', versions: '2+' },
    topics: acknowledgedTopics,
    forgottenTopicsData: { arrayOf: partitionsOfId },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    /** How long records stay with the member that fetched them (ms). */
    acquisitionLockTimeoutMs: 'int32',
    responses: {
      arrayOf: {
        topicId: 'uuid',
        partitions: {
          arrayOf: {
            partitionIndex: 'int32',
            errorCode: 'int16',
            errorMessage: { type: 'string', nullable: '0+' },
            acknowledgeErrorCode: 'int16',
            acknowledgeErrorMessage: { type: 'string', nullable: '0+' },
            currentLeader: { struct: currentLeader },
            records: 'records',
            acquiredRecords: { arrayOf: { firstOffset: 'int64', lastOffset: 'int64', deliveryCount: 'int16' } },
          },
        },
      },
    },
    nodeEndpoints: { arrayOf: nodeEndpoint },
  },
} as const satisfies ApiDefinition
