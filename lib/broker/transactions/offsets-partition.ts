/** The topic that Kafka keeps committed offsets in, and how many partitions it has. Here it exists in name only. */
export const OFFSETS_TOPIC = '__consumer_offsets'
const OFFSETS_PARTITIONS = 50

/** Where Kafka would keep a group's offsets: by Java's hash of the group id. */
export const offsetsPartition = (groupId: string): number => {
  let hash = 0
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(hash, 31) + groupId.charCodeAt(i)) | 0
  return (hash & 0x7fffffff) % OFFSETS_PARTITIONS
}
