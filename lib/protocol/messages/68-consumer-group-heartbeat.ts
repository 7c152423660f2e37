import type { ApiDefinition } from '../schema.ts'
import { memberHeartbeatResponse, partitionsOfId } from './common-fields.ts'

/**
 * Members of KIP-848 groups say what they want and hold, and hear what they shall have. Null: as the last time. Member epochs:
 * 0 joins, -1 leaves, -2 leaves for a moment (static members). Versions: 1 topics by pattern, the client makes its member id.
 */
export const consumerGroupHeartbeat = {
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: '0-1',
  flexible: '0+',
  request: {
    groupId: 'string',
    memberId: 'string',
    memberEpoch: 'int32',
    instanceId: { type: 'string', nullable: '0+' },
    rackId: { type: 'string', nullable: '0+' },
    rebalanceTimeoutMs: { type: 'int32', default: -1 },
    subscribedTopicNames: { arrayOf: 'string', nullable: '0+' },
    subscribedTopicRegex: { type: 'string', versions: '1+', nullable: '1+' },
    serverAssignor: { type: 'string', nullable: '0+' },
    topicPartitions: { arrayOf: partitionsOfId, nullable: '0+' },
  },
  response: memberHeartbeatResponse,
} as const satisfies ApiDefinition
