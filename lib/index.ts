/** What is public in Millrace. This list is written by hand: a name that is not here may change at any time. */

// the running client
export { KafkaStreams } from './kafka-streams.ts'
export type { CloseOptions, KafkaStreamsOptions, PlainValue } from './kafka-streams.ts'
export { resetApplication, ResetRefusedError } from './runtime/application-reset.ts'
export type { ResetOptions, ResetReport } from './runtime/application-reset.ts'
export type { ClientState, StateListener } from './runtime/client-state.ts'
export type { ThreadState } from './runtime/thread-state.ts'
export type { StateRestoreListener } from './runtime/restore-listener.ts'
export { RestoreProgress } from './runtime/restore-progress.ts'
export type { ProgressOutput } from './runtime/restore-progress.ts'
export type { StandbySuspendReason, StandbyUpdateListener } from './runtime/standby-listener.ts'
export type { StreamsUncaughtExceptionHandler, StreamThreadExceptionResponse } from './runtime/uncaught-exceptions.ts'
export type { HostInfo } from './runtime/assignor/host-info.ts'
export { KafkaStreamsAssignment } from './runtime/assignor/kafka-streams-assignment.ts'
export type { AssignedTask, AssignedTaskType } from './runtime/assignor/kafka-streams-assignment.ts'
export { RackAwareOptimizationParams } from './runtime/assignor/rack-aware-optimization-params.ts'
export { StickyTaskAssignor } from './runtime/assignor/sticky-task-assignor.ts'
export { TaskAssignmentUtils } from './runtime/assignor/task-assignment-utils.ts'
export type {
  ApplicationState,
  AssignmentConfigs,
  AssignmentError,
  GroupAssignment,
  GroupSubscription,
  KafkaStreamsState,
  ProcessId,
  TaskAssignment,
  TaskAssignor,
  TaskInfo,
  TaskTopicPartition,
} from './runtime/assignor/task-assignor.ts'
export { formatHost, parseHost } from './runtime/assignor/host-info.ts'

// configuration
export { StreamsConfig } from '../topology/config.ts'
export { loadProperties, parseProperties } from '../topology/properties.ts'
export type { Optimization, StreamsConfigInput, StreamsSettings } from '../topology/config.ts'
export { HandlerResponse, logAndContinue, logAndFail, retryOrFail } from '../topology/exception-handlers.ts'
export type {
  DeadLetterRecord,
  DeserializationExceptionHandler,
  ErrorHandlerContext,
  FailedOutput,
  HandlerResult,
  ProcessingExceptionHandler,
  ProductionExceptionHandler,
  ProductionResult,
} from '../topology/exception-handlers.ts'
export {
  failOnInvalidTimestamp,
  logAndSkipOnInvalidTimestamp,
  usePartitionTimeOnInvalidTimestamp,
  wallclockTimestamp,
} from '../topology/timestamp-extractors.ts'

// the DSL
export { StreamsBuilder } from '../dsl/streams-builder.ts'
export type { BranchedKStream, KeyValue, KStream } from '../dsl/kstream.ts'
export type { AsyncAction, AsyncKeyValueMapper, AsyncNamed, AsyncPredicate, AsyncValueMapper } from '../dsl/async-functions.ts'
export type { GlobalKTable, KTable } from '../dsl/ktable.ts'
export type { CogroupedKStream, KGroupedStream, KGroupedTable } from '../dsl/kgrouped.ts'
export type {
  SessionWindowedCogroupedKStream,
  SessionWindowedKStream,
  TimeWindowedCogroupedKStream,
  TimeWindowedKStream,
} from '../dsl/windowed.ts'
export { EmitStrategy, JoinWindows, SessionWindows, SlidingWindows, TimeWindows, UnlimitedWindows } from '../dsl/windows.ts'
export type { EmitStrategyType, Windows } from '../dsl/windows.ts'
export { Suppressed } from '../dsl/suppressed.ts'
export type { BufferConfig, StrictBufferConfig } from '../dsl/suppressed.ts'
export { BuiltInDslStoreSuppliers } from '../dsl/dsl-store-suppliers.ts'
export type { DslKeyValueParams, DslSessionParams, DslStoreFormat, DslStoreSuppliers, DslWindowParams } from '../dsl/dsl-store-suppliers.ts'
export type {
  Aggregator,
  ForeachAction,
  Initializer,
  KeyValueMapper,
  Merger,
  Predicate,
  Reducer,
  ValueJoiner,
  ValueMapper,
  ValueTransformerWithKey,
  ValueTransformerWithKeySupplier,
} from '../dsl/functions.ts'
export type {
  Branched,
  Consumed,
  Grouped,
  Joined,
  Materialized,
  Named,
  Printed,
  ProcessOptions,
  Produced,
  Repartitioned,
  SessionedStore,
  Store,
  StreamJoined,
  TableJoined,
  WindowedStore,
} from '../dsl/options.ts'

// the Processor API
export { Topology } from '../topology/topology.ts'
export type { GlobalStoreOptions, SinkOptions, SourceOptions, TopologyProcessor } from '../topology/topology.ts'
export type { GlobalStoreDescription, NodeDescription, SubtopologyDescription, TopologyDescription } from '../topology/internals/describe.ts'
export { AutoOffsetReset, Record } from '../topology/api.ts'
export { ContextualFixedKeyProcessor, ContextualProcessor } from '../topology/contextual-processor.ts'
export type { ProcessorWrapper } from '../topology/processor-wrapper.ts'
export type {
  Cancellable,
  ConsumerRecord,
  FixedKeyProcessor,
  FixedKeyProcessorContext,
  FixedKeyProcessorSupplier,
  FixedKeyRecord,
  ProcessingContext,
  Processor,
  ProcessorContext,
  ProcessorSupplier,
  PunctuationType,
  Punctuator,
  RecordContext,
  RecordMetadata,
  StreamPartitioner,
  TaskId,
  TimestampExtractor,
  TopicNameExtractor,
} from '../topology/api.ts'
export type { AsyncCall, AsyncCalls, AsyncOptions, AsyncOrder } from '../topology/async.ts'
export type { MetricReading, RecordingLevel, Sensor, SensorStat, StreamsMetrics } from '../topology/streams-metrics.ts'

// stores
export { Stores } from '../stores/stores.ts'
export type { ReadOnlyWindowStore, TimestampedWindowStore, WindowStore, WindowStoreIterator } from '../stores/window-store.ts'
export type { ReadOnlySessionStore, SessionStore } from '../stores/session-store.ts'
export type { Window, Windowed } from '../stores/windowed.ts'
export { PUT_RETURN_CODE_NOT_PUT, PUT_RETURN_CODE_VALID_TO_UNDEFINED } from '../stores/versioned-store.ts'
export type { VersionedKeyValueStore, VersionedRecord } from '../stores/versioned-store.ts'
export type { KeyValueStoreOptions, PersistentStoreOptions } from '../stores/stores.ts'
export type { KeyValueEngine, KeyValueStoreSupplier, SessionStoreSupplier, VersionedStoreSupplier, WindowStoreSupplier } from '../stores/store-suppliers.ts'
export type { AggregationWithHeaders, ValueTimestampHeaders } from '../stores/internals/header-rows.ts'
export type {
  KeyValueIterator,
  KeyValueStore,
  ReadOnlyKeyValueStore,
  StateRestoreCallback,
  StateStore,
  StateStoreContext,
  StoreBuilder,
  TimestampedKeyValueStore,
  ValueAndTimestamp,
} from '../topology/api.ts'

// queries
export { QueryableStoreTypes } from './query/queryable-store-types.ts'
export type { QueryableStoreType, StoreProvider } from './query/queryable-store-types.ts'
export type { QueryableKeyValueStore, QueryOptions } from './query/composite-key-value-store.ts'
export type { QueryableSessionStore } from './query/composite-session-store.ts'
export type { QueryableWindowStore } from './query/composite-window-store.ts'
export type { QueryIterator } from './query/query-iterator.ts'
export { KeyQuery, RangeQuery, TimestampedKeyQuery, TimestampedRangeQuery } from './query/queries/key-queries.ts'
export { MultiVersionedKeyQuery, VersionedKeyQuery } from './query/queries/versioned-queries.ts'
export { WindowKeyQuery, WindowRangeQuery } from './query/queries/window-queries.ts'
export { StateQueryResult } from './query/query.ts'
export type { FailureReason, Query, QueryResult, StateQueryRequest } from './query/query.ts'
export { Position } from './query/position.ts'
export { StoreQueryParameters } from './query/store-query-parameters.ts'
export type { KeyQueryMetadata, StreamsMetadata } from './query/streams-metadata.ts'
export type { PartitionOffset, TaskMetadata, ThreadMetadata } from './runtime/thread-metadata.ts'
export type { LagInfo } from './runtime/partition-lags.ts'

// serdes
export { Serdes } from './serdes/serdes.ts'
export { serdeFrom } from './serdes/serde-from.ts'
export { protobufSerde } from './serdes/protobuf.ts'
export type { ProtobufType } from './serdes/protobuf.ts'
export type { Deserializer, Serde, Serializer } from './serdes/serde.ts'
export { WindowedSerdes } from './serdes/windowed.ts'
export { schemaRegistrySerde } from './serdes/schema-registry.ts'
export type { RegisteredSchema, SchemaCodec, SchemaRegistry, SchemaRegistrySerdeOptions } from './serdes/schema-registry.ts'
export { HttpSchemaRegistry } from './serdes/http-schema-registry.ts'
export type { HttpSchemaRegistryOptions } from './serdes/http-schema-registry.ts'

// what everything is made of
export { ByteWriter } from './core/byte-writer.ts'
export { days, hours, milliseconds, minutes, seconds } from './core/duration.ts'
export { Headers } from './core/headers.ts'
export type { Header } from './core/headers.ts'
export { silentLogger } from './core/log.ts'
export type { Logger } from './core/log.ts'
export { MockTime, systemTime } from './core/time.ts'
export type { Time } from './core/time.ts'
export type { TopicPartition } from './core/topic-partition.ts'
export type { Metric, MetricTags } from './metrics/metrics-registry.ts'
export { prometheusText } from './metrics/prometheus.ts'
export type { PrometheusOptions, PrometheusRegistry } from './metrics/prometheus.ts'

// errors
export { ConfigError, InvalidStateStoreError, SerializationError, StreamsError, TopologyError } from './core/errors.ts'
export { ProcessingError, TaskInitializationError } from './task/errors.ts'
export {
  CopartitionError,
  InternalTopicError,
  MissingSourceTopicError,
  NoOffsetForPartitionError,
  ShutdownRequestedError,
  StreamsNotRunningError,
  WorkerEndedError,
} from './runtime/errors.ts'
export { IllegalStateError } from './runtime/state-machine.ts'
export { ProductionError } from './runtime/streams-producer.ts'
