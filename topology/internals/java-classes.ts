import { ConfigError } from '../../lib/core/errors.ts'
import type { Serde } from '../../lib/serdes/serde.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { logAndContinue, logAndFail, retryOrFail } from '../exception-handlers.ts'
import {
  failOnInvalidTimestamp,
  logAndSkipOnInvalidTimestamp,
  usePartitionTimeOnInvalidTimestamp,
  wallclockTimestamp,
} from '../timestamp-extractors.ts'

const serdes: Readonly<Record<string, object>> = {
  String: Serdes.string,
  Long: Serdes.long,
  Integer: Serdes.int,
  Short: Serdes.short,
  Double: Serdes.double,
  Float: Serdes.float,
  ByteArray: Serdes.byteArray,
  ByteBuffer: Serdes.byteBuffer,
  Bytes: Serdes.bytes,
  UUID: Serdes.uuid,
  Boolean: Serdes.boolean,
  Void: Serdes.void,
}

/** What files of Java's name by class, and what it is here. */
const byClass: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...Object.entries(serdes).map(([name, serde]) => [`org.apache.kafka.common.serialization.Serdes$${name}Serde`, serde] as const),
  ['org.apache.kafka.streams.processor.FailOnInvalidTimestamp', failOnInvalidTimestamp],
  ['org.apache.kafka.streams.processor.LogAndSkipOnInvalidTimestamp', logAndSkipOnInvalidTimestamp],
  ['org.apache.kafka.streams.processor.UsePartitionTimeOnInvalidTimestamp', usePartitionTimeOnInvalidTimestamp],
  ['org.apache.kafka.streams.processor.WallclockTimestampExtractor', wallclockTimestamp],
  ['org.apache.kafka.streams.errors.LogAndFailExceptionHandler', logAndFail],
  ['org.apache.kafka.streams.errors.LogAndContinueExceptionHandler', logAndContinue],
  ['org.apache.kafka.streams.errors.LogAndFailProcessingExceptionHandler', logAndFail],
  ['org.apache.kafka.streams.errors.LogAndContinueProcessingExceptionHandler', logAndContinue],
  ['org.apache.kafka.streams.errors.DefaultProductionExceptionHandler', retryOrFail],
  // what does nothing but be Java's default
  ['org.apache.kafka.streams.processor.internals.NoOpProcessorWrapper', undefined],
  ['org.apache.kafka.streams.processor.internals.DefaultKafkaClientSupplier', undefined],
  ['org.apache.kafka.streams.processor.assignment.assignors.StickyTaskAssignor', undefined],
])

const LIST_SERDE = 'org.apache.kafka.common.serialization.Serdes$ListSerde'
const TIME_WINDOWED_SERDE = 'org.apache.kafka.streams.kstream.WindowedSerdes$TimeWindowedSerde'
const SESSION_WINDOWED_SERDE = 'org.apache.kafka.streams.kstream.WindowedSerdes$SessionWindowedSerde'

type Originals = Readonly<Record<string, unknown>>

/** Default serdes that are made of what other settings say. */
const composedSerde = (name: string, className: string, all: Originals): unknown => {
  switch (className) {
    case LIST_SERDE:
      return Serdes.list(innerSerde(name, `${name.replace('default.', 'default.list.')}.inner`, all))
    case TIME_WINDOWED_SERDE:
      return Serdes.timeWindowed(innerSerde(name, 'windowed.inner.class.serde', all), windowSizeMs(name, all))
    case SESSION_WINDOWED_SERDE:
      return Serdes.sessionWindowed(innerSerde(name, 'windowed.inner.class.serde', all))
    default:
      return className
  }
}

const innerSerde = (name: string, setting: string, all: Originals): Serde<unknown> => {
  const inner = javaClass(setting, all[setting], all)
  if (typeof inner === 'object' && inner !== null && 'serializer' in inner) return inner as Serde<unknown>
  throw new ConfigError(`${name} has serdes inside: ${setting} has to be one, or the name of one of Java's`)
}

const windowSizeMs = (name: string, all: Originals): number => {
  const size = Number(all['window.size.ms'])
  if (size > 0) return size
  throw new ConfigError(`${name} is a serde of windows: window.size.ms has to be their size, ms`)
}

/** Java's name of one of Kafka's own classes becomes what stands here for that class; anything else stays. */
export const javaClass = (name: string, value: unknown, all: Originals): unknown => {
  if (typeof value !== 'string') return value
  const className = value.trim().replace(/^class /, '')
  if (!className.startsWith('org.apache.kafka.')) return value
  return byClass.has(className) ? byClass.get(className) : composedSerde(name, className, all)
}
