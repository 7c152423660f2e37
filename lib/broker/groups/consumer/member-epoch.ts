import { errorCodes } from '../../../protocol/error-table.ts'
import type { Refusal } from '../../topics/topic-creation.ts'
import type { Holding } from './reconciliation.ts'
import { within } from './topic-partitions.ts'
import type { TopicPartitions } from './topic-partitions.ts'

/** Why a member may not come with an epoch: it has that one, or the one before if it holds no more than it was given since. */
export const epochRefusal = (groupType: 'consumer' | 'streams', { epoch: known, previousEpoch, assigned }: Holding, epoch: number, owned: TopicPartitions | undefined): Refusal | undefined => {
  if (epoch === known) return undefined
  if (epoch < known && epoch === previousEpoch && owned !== undefined && within(owned, assigned)) return undefined
  const how = epoch > known ? 'greater' : 'smaller'
  return {
    error: errorCodes.FENCED_MEMBER_EPOCH,
    message: `The ${groupType} group member has a ${how} member epoch (${epoch}) than the one known by the group coordinator (${known}). The member must abandon all its partitions and rejoin.`,
  }
}
