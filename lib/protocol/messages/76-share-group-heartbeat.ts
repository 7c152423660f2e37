import type { ApiDefinition } from '../schema.ts'
import { memberHeartbeatResponse } from './common-fields.ts'

/**
 * Members of share groups (KIP-932) say what they want, and hear from which partitions they are to fetch; several members may
 * have the same. Member epochs: 0 joins, -1 leaves. Null: as the last time.
 */
export const shareGroupHeartbeat = {
  key: 76,
  name: 'ShareGroupHeartbeat',
  versions: '1',
  flexible: '0+',
  request: {
    groupId: 'string',
    memberId: 'string',
    memberEpoch: 'int32',
    rackId: { type: 'string', nullable: '0+' },
    subscribedTopicNames: { arrayOf: 'string', nullable: '0+' },
  },
  response: memberHeartbeatResponse,
} as const satisfies ApiDefinition
