import type { Deserializer, Serializer } from '../../lib/serdes/serde.ts'
import type {
  AutoOffsetReset,
  FixedKeyProcessorSupplier,
  ProcessorSupplier,
  StreamPartitioner,
  TimestampExtractor,
  TopicNameExtractor,
} from '../api.ts'

/** A node as data: what `addSource` was told. Topics are as given; internal ones get their prefix when built. */
export interface SourceSpec {
  readonly kind: 'source'
  readonly name: string
  readonly parents: readonly string[]
  readonly topics: readonly string[]
  readonly pattern: RegExp | undefined
  /** Undefined: the configured default, found when the task starts. Likewise below. */
  readonly keyDeserializer: Deserializer<unknown> | undefined
  readonly valueDeserializer: Deserializer<unknown> | undefined
  readonly timestampExtractor: TimestampExtractor | undefined
  readonly offsetReset: AutoOffsetReset | undefined
}

export interface ProcessorSpec {
  readonly kind: 'processor'
  readonly name: string
  readonly parents: readonly string[]
  readonly supplier: AnyProcessorSupplier
  /** True for processors that cannot change keys. */
  readonly isFixedKey: boolean
  /** Names of the connected stores, in the order in which they were connected. */
  readonly stores: Set<string>
}

export interface SinkSpec {
  readonly kind: 'sink'
  readonly name: string
  readonly parents: readonly string[]
  readonly topic: string | TopicNameExtractor<never, never>
  readonly keySerializer: Serializer<never> | undefined
  readonly valueSerializer: Serializer<never> | undefined
  readonly partitioner: StreamPartitioner<never, never> | undefined
}

export type NodeSpec = SourceSpec | ProcessorSpec | SinkSpec

/** Suppliers of both kinds: a fixed-key processor gets the same records, only its types hide `withKey`. */
export type AnyProcessorSupplier =
  | ProcessorSupplier<never, never, never, never>
  | FixedKeyProcessorSupplier<never, never, never>
