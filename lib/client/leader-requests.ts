import type { TopicPartition } from '../core/topic-partition.ts'
import { partitionKey } from '../core/topic-partition.ts'
import type { Cluster } from './cluster.ts'
import { UnknownTopicError } from './errors.ts'
import type { ClientError } from './errors.ts'
import { asClientError } from './kafka-errors.ts'

/** Asks one leader about its partitions; gives results by `partitionKey` and calls `fail` for those that have an error. */
export type AskLeader<P, R> = (
  nodeId: number,
  partitions: readonly P[],
  fail: (error: ClientError) => void,
) => Promise<ReadonlyMap<string, R>>

/**
 * Asks every partition's leader, all leaders at the same time, and again for those partitions whose leader moved or did
 * not answer. Rejects with the first error that does not pass.
 */
export const askLeaders = async <P extends TopicPartition, R>(
  cluster: Cluster,
  doing: string,
  partitions: readonly P[],
  ask: AskLeader<P, R>,
): Promise<ReadonlyMap<string, R>> => {
  const results = new Map<string, R>()
  const missing = (): P[] => partitions.filter(({ topic, partition }) => !results.has(partitionKey(topic, partition)))
  await cluster.retrying(doing, async (attempt) => {
    const open = missing()
    await cluster.metadata([...new Set(open.map((at) => at.topic))], { refresh: attempt > 0 })
    const failures: ClientError[] = []
    const fail = (error: ClientError): void => void failures.push(error)
    await Promise.all(
      byLeader(cluster, open, fail).map(async ([nodeId, ofLeader]) => {
        try {
          for (const [key, result] of await ask(nodeId, ofLeader, fail)) results.set(key, result)
        } catch (error) {
          fail(asClientError(error, doing))
        }
      }),
    )
    const failure = failures.find((error) => !error.retriable) ?? failures[0]
    if (failure !== undefined) throw failure
  })
  return results
}

const byLeader = <P extends TopicPartition>(cluster: Cluster, partitions: readonly P[], fail: (error: ClientError) => void): [number, P[]][] => {
  const groups = new Map<number, P[]>()
  for (const at of partitions) {
    const leader = cluster.leader(at.topic, at.partition)
    const group = groups.get(leader)
    if (leader < 0) fail(new UnknownTopicError(`${partitionKey(at.topic, at.partition)} is not in the cluster, or has no leader at present`))
    else if (group === undefined) groups.set(leader, [at])
    else group.push(at)
  }
  return [...groups]
}
