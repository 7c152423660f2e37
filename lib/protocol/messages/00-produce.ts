import type { ApiDefinition } from '../schema.ts'
import { currentLeader, nodeEndpoint } from './common-fields.ts'

/** Versions: 5 log start offset, 7 zstd, 8 errors of single records, 10 new leaders, 12 implicit transaction partitions, 13 topic ids. */
export const produce = {
  key: 0,
  name: 'Produce',
  versions: '3-13',
  flexible: '9+',
  request: {
    transactionalId: { type: 'string', nullable: '3+' },
    acks: 'int16',
    timeoutMs: 'int32',
    topicData: {
      arrayOf: {
        name: { type: 'string', versions: '3-12' },
        topicId: { type: 'uuid', versions: '13+' },
        partitionData: {
          arrayOf: { index: 'int32', records: { type: 'records', nullable: '3+' } },
        },
      },
    },
  },
  response: {
    responses: {
      arrayOf: {
        name: { type: 'string', versions: '3-12' },
        topicId: { type: 'uuid', versions: '13+' },
        partitionResponses: {
          arrayOf: {
            index: 'int32',
            errorCode: 'int16',
            baseOffset: 'int64',
            logAppendTimeMs: { type: 'int64', default: -1 },
            logStartOffset: { type: 'int64', versions: '5+', default: -1 },
            recordErrors: {
              arrayOf: { batchIndex: 'int32', batchIndexErrorMessage: { type: 'string', nullable: '8+' } },
              versions: '8+',
            },
            errorMessage: { type: 'string', versions: '8+', nullable: '8+' },
            currentLeader: { struct: currentLeader, versions: '10+', tag: 0 },
          },
        },
      },
    },
    throttleTimeMs: { type: 'int32', default: 0 },
    nodeEndpoints: { arrayOf: nodeEndpoint, versions: '10+', tag: 0 },
  },
} as const satisfies ApiDefinition
