import type { ApiDefinition } from '../schema.ts'
import { currentLeader, nodeEndpoint } from './common-fields.ts'

/** The largest int64, as near as a number comes: no high watermark known. */
const NO_LIMIT = 2 ** 63

/** Versions: 7 sessions, 9 leader epochs, 11 reading from followers, 12 diverging logs, 13 topic ids, 16 new leaders. */
export const fetch = {
  key: 1,
  name: 'Fetch',
  versions: '4-18',
  flexible: '12+',
  request: {
    replicaId: { type: 'int32', versions: '4-14', default: -1 },
    maxWaitMs: 'int32',
    minBytes: 'int32',
    maxBytes: { type: 'int32', default: 0x7fffffff },
    /** 0 read_uncommitted, 1 read_committed. */
    isolationLevel: { type: 'int8', default: 0 },
    sessionId: { type: 'int32', versions: '7+' },
    sessionEpoch: { type: 'int32', versions: '7+', default: -1 },
    topics: {
      arrayOf: {
        topic: { type: 'string', versions: '4-12' },
        topicId: { type: 'uuid', versions: '13+' },
        partitions: {
          arrayOf: {
            partition: 'int32',
            currentLeaderEpoch: { type: 'int32', versions: '9+', default: -1 },
            fetchOffset: 'int64',
            lastFetchedEpoch: { type: 'int32', versions: '12+', default: -1 },
            logStartOffset: { type: 'int64', versions: '5+', default: -1 },
            partitionMaxBytes: 'int32',
            replicaDirectoryId: { type: 'uuid', versions: '17+', tag: 0 },
            highWatermark: { type: 'int64', versions: '18+', tag: 1, default: NO_LIMIT },
          },
        },
      },
    },
    forgottenTopicsData: {
      arrayOf: {
        topic: { type: 'string', versions: '7-12' },
        topicId: { type: 'uuid', versions: '13+' },
        partitions: { arrayOf: 'int32' },
      },
      versions: '7+',
    },
    rackId: { type: 'string', versions: '11+' },
    clusterId: { type: 'string', versions: '12+', nullable: '12+', tag: 0 },
    replicaState: {
      struct: { replicaId: { type: 'int32', default: -1 }, replicaEpoch: { type: 'int64', default: -1 } },
      versions: '15+',
      tag: 1,
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: { type: 'int16', versions: '7+' },
    sessionId: { type: 'int32', versions: '7+' },
    responses: {
      arrayOf: {
        topic: { type: 'string', versions: '4-12' },
        topicId: { type: 'uuid', versions: '13+' },
        partitions: {
          arrayOf: {
            partitionIndex: 'int32',
            errorCode: 'int16',
            highWatermark: 'int64',
            lastStableOffset: { type: 'int64', default: -1 },
            logStartOffset: { type: 'int64', versions: '5+', default: -1 },
            abortedTransactions: { arrayOf: { producerId: 'int64', firstOffset: 'int64' }, nullable: '4+' },
            preferredReadReplica: { type: 'int32', versions: '11+', default: -1 },
            records: { type: 'records', nullable: '4+' },
            divergingEpoch: {
              struct: { epoch: { type: 'int32', default: -1 }, endOffset: { type: 'int64', default: -1 } },
              versions: '12+',
              tag: 0,
            },
            currentLeader: { struct: currentLeader, versions: '12+', tag: 1 },
            snapshotId: {
              struct: { endOffset: { type: 'int64', default: -1 }, epoch: { type: 'int32', default: -1 } },
              versions: '12+',
              tag: 2,
            },
          },
        },
      },
    },
    nodeEndpoints: { arrayOf: nodeEndpoint, versions: '16+', tag: 0 },
  },
} as const satisfies ApiDefinition
