import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { describeGroups, describeTransactions, findCoordinator, initProducerId } from '../../../lib/protocol/index.ts'
import { RawClient } from './raw-client.ts'
import { until } from './topics.ts'

const GROUPS = 0
const TRANSACTIONS = 1
const SHARE_PARTITIONS = 2
/** A partition of a topic that need not be there, as a share group has it. */
const ANY_SHARE_PARTITION = 'any:nT3i4OXyR0mr0my1RZx9pQ:0'
const NOT_YET: readonly number[] = [errorCodes.COORDINATOR_LOAD_IN_PROGRESS, errorCodes.COORDINATOR_NOT_AVAILABLE, errorCodes.NOT_COORDINATOR]
/** Enough to fall to every partition of the coordinators' topics. */
const NAMES = Array.from({ length: 100 }, (_, i) => `any-${i}`)

const isThere = ({ errorCode }: { readonly errorCode: number }): boolean => !NOT_YET.includes(errorCode)

/** Kafka makes the topics of its coordinators when the first client looks for one; until then, and while it reads them, it knows no group. */
export const awaitCoordinators = async (address: string): Promise<void> => {
  const client = await RawClient.connect(address)
  for (const keyType of [GROUPS, TRANSACTIONS]) {
    await until(async () => (await client.request(findCoordinator, 4, { keyType, coordinatorKeys: NAMES })).coordinators.every(isThere))
  }
  await until(async () => (await client.request(findCoordinator, 6, { keyType: SHARE_PARTITIONS, coordinatorKeys: [ANY_SHARE_PARTITION] })).coordinators.every(isThere))
  await until(async () => (await client.request(describeGroups, 5, { groups: NAMES })).groups.every(isThere))
  await until(async () => (await client.request(describeTransactions, 0, { transactionalIds: NAMES })).transactionStates.every(isThere))
  // Its first producer ids come from the controller.
  await until(async () => isThere(await client.request(initProducerId, 4, { transactionTimeoutMs: 0 })))
  client.close()
}
