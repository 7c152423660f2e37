// Declaring, encoding and decoding messages
export type { ApiDefinition, RequestInput, RequestOf, ResponseInput, ResponseOf } from './schema.ts'
export { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from './codec.ts'
export type { RequestHeader } from './codec.ts'
export { decodeRequestHeader } from './request-header.ts'
export type { DecodedRequestHeader } from './request-header.ts'
export { parseVersions } from './versions.ts'
export type { Versions, VersionRange } from './versions.ts'
export { ProtocolReader } from './reader.ts'
export { ProtocolError } from './protocol-error.ts'
export type { ProtocolErrorCode } from './protocol-error.ts'

// The messages
export { definitions } from './definitions.ts'
export { produce } from './messages/00-produce.ts'
export { fetch } from './messages/01-fetch.ts'
export { listOffsets } from './messages/02-list-offsets.ts'
export { metadata } from './messages/03-metadata.ts'
export { offsetCommit } from './messages/08-offset-commit.ts'
export { offsetFetch } from './messages/09-offset-fetch.ts'
export { findCoordinator } from './messages/10-find-coordinator.ts'
export { joinGroup } from './messages/11-join-group.ts'
export { heartbeat } from './messages/12-heartbeat.ts'
export { leaveGroup } from './messages/13-leave-group.ts'
export { syncGroup } from './messages/14-sync-group.ts'
export { describeGroups } from './messages/15-describe-groups.ts'
export { listGroups } from './messages/16-list-groups.ts'
export { saslHandshake } from './messages/17-sasl-handshake.ts'
export { apiVersions, decodeApiVersionsResponse } from './messages/18-api-versions.ts'
export { createTopics } from './messages/19-create-topics.ts'
export { deleteTopics } from './messages/20-delete-topics.ts'
export { deleteRecords } from './messages/21-delete-records.ts'
export { initProducerId } from './messages/22-init-producer-id.ts'
export { offsetForLeaderEpoch } from './messages/23-offset-for-leader-epoch.ts'
export { addPartitionsToTxn } from './messages/24-add-partitions-to-txn.ts'
export { addOffsetsToTxn } from './messages/25-add-offsets-to-txn.ts'
export { endTxn } from './messages/26-end-txn.ts'
export { txnOffsetCommit } from './messages/28-txn-offset-commit.ts'
export { describeConfigs } from './messages/32-describe-configs.ts'
export { alterConfigs } from './messages/33-alter-configs.ts'
export { saslAuthenticate } from './messages/36-sasl-authenticate.ts'
export { createPartitions } from './messages/37-create-partitions.ts'
export { deleteGroups } from './messages/42-delete-groups.ts'
export { incrementalAlterConfigs } from './messages/44-incremental-alter-configs.ts'
export { offsetDelete } from './messages/47-offset-delete.ts'
export { describeCluster } from './messages/60-describe-cluster.ts'
export { describeProducers } from './messages/61-describe-producers.ts'
export { describeTransactions } from './messages/65-describe-transactions.ts'
export { listTransactions } from './messages/66-list-transactions.ts'
export { consumerGroupHeartbeat } from './messages/68-consumer-group-heartbeat.ts'
export { consumerGroupDescribe } from './messages/69-consumer-group-describe.ts'
export { describeTopicPartitions } from './messages/75-describe-topic-partitions.ts'
export { streamsGroupHeartbeat } from './messages/88-streams-group-heartbeat.ts'
export { streamsGroupDescribe } from './messages/89-streams-group-describe.ts'

// What the members of a classic consumer group tell each other
export {
  CONSUMER_PROTOCOL_VERSION,
  decodeConsumerAssignment,
  decodeConsumerSubscription,
  encodeConsumerAssignment,
  encodeConsumerSubscription,
} from './consumer-protocol.ts'
export type { ConsumerAssignment, ConsumerSubscription } from './consumer-protocol.ts'

// What brokers answer when something is wrong
export { errorCodes, errorInfo, errorTable, KafkaError, kafkaError } from './error-table.ts'
export type { KafkaErrorInfo, KafkaErrorName } from './error-table.ts'

// Record batches
export { RecordBatchWriter } from './records/record-batch-writer.ts'
export type { FieldWriter, SealOptions } from './records/record-batch-writer.ts'
export { FetchedRecords } from './records/fetched-records.ts'
export type { FetchedRecordsOptions } from './records/fetched-records.ts'
export { readBatchHeaders, RecordBatch, recordBatchAt } from './records/record-batch.ts'
export { setBaseOffset, setLogAppendTime, setPartitionLeaderEpoch, setProducer } from './records/batch-rewrite.ts'
export { AbortedTransactionFilter, transactionMarker } from './records/aborted-transactions.ts'
export type { AbortedTransaction, TransactionMarker } from './records/aborted-transactions.ts'

// Compression
export { isCompressionLoaded, loadCompression } from './compression/compression.ts'
export type { CompressionType } from './compression/compression.ts'
