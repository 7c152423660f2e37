import type { ApiDefinition } from '../schema.ts'
import { currentLeader, nodeEndpoint } from './common-fields.ts'

/** What became of the records of each partition. Types: 0 there is no such record, 1 accepted, 2 released, 3 rejected, 4 still at work. One for all offsets, or one for each. */
export const acknowledgedTopics = {
  arrayOf: {
    topicId: 'uuid',
    partitions: {
      arrayOf: {
        partitionIndex: 'int32',
        acknowledgementBatches: { arrayOf: { firstOffset: 'int64', lastOffset: 'int64', acknowledgeTypes: { arrayOf: 'int8' } } },
      },
    },
  },
} as const

/** Says what became of fetched records. Session epochs: -1 ends the session. Versions: 2 renewals. */
export const shareAcknowledge = {
  key: 79,
  name: 'ShareAcknowledge',
  versions: '1-2',
  flexible: '0+',
  request: {
    groupId: { type: 'string', nullable: '0+' },
    memberId: { type: 'string', nullable: '0+' },
    shareSessionEpoch: 'int32',
    isRenewAck: { type: 'boolean', versions: '2+' },
    topics: acknowledgedTopics,
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    acquisitionLockTimeoutMs: { type: 'int32', versions: '2+' },
    responses: {
      arrayOf: {
        topicId: 'uuid',
        partitions: {
          arrayOf: { partitionIndex: 'int32', errorCode: 'int16', errorMessage: { type: 'string', nullable: '0+' }, currentLeader: { struct: currentLeader } },
        },
      },
    },
    nodeEndpoints: { arrayOf: nodeEndpoint },
  },
} as const satisfies ApiDefinition
