/**
 * What the other rooms see of the client. The classes of the same story (`Cluster`, `Producer`, `Fetcher`, `GroupMember`,
 * `Admin`) implement these interfaces:
 *
 *   new Cluster(clusterOptions)
 *   new Producer(cluster, producerOptions)
 *   new Fetcher(cluster, fetcherOptions)
 *   new GroupMember(cluster, groupMemberOptions)
 *   new Admin(cluster)
 *
 * One cluster is shared by all of them; closing them leaves the cluster open.
 */
export type * from './types-cluster.ts'
export type * from './types-producer.ts'
export type * from './types-fetcher.ts'
export type * from './types-meters.ts'
export type * from './types-group.ts'
export type * from './types-admin.ts'
