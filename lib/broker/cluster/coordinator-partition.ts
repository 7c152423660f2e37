/** The topic that Kafka keeps committed offsets in. Here it exists in name only. */
export const OFFSETS_TOPIC = '__consumer_offsets'
/** Its partitions, and those of `__transaction_state`. */
const PARTITIONS = 50

/** The partition of Kafka's internal topic that a group or a transactional id belongs to: by Java's hash of it. */
export const coordinatorPartition = (key: string): number => {
  let hash = 0
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0
  return (hash & 0x7fffffff) % PARTITIONS
}
