import { Headers } from '../core/headers.ts'
import type { ContextHolder } from '../../stores/internals/store-context.ts'
import type { RecordContext, RecordMetadata } from '../../topology/api.ts'

/** Bytes of a source record, copied when they are asked for. */
export interface SourceBytes {
  rawKey(): Uint8Array | undefined
  rawValue(): Uint8Array | undefined
}

/** A context that outlives its record: what a cached change is logged and forwarded under. */
interface KeptContext extends RecordContext {
  readonly source: SourceBytes | undefined
}

/**
 * The record that a task is processing, as contexts and stores see it: one object per task whose fields change, so that a
 * record costs nothing. Timestamp and headers are those of the record as it was last forwarded.
 */
export class RecordState {
  /** False in `init` and `close`, where there is no record. */
  isPresent = false
  topic: string | undefined = undefined
  partition = -1
  offset = -1
  timestamp = -1
  headers: Headers = Headers.empty
  /** The bytes of the source record, for error handlers; undefined where there is none, as in punctuators. */
  source: SourceBytes | undefined = undefined
  /**
   * True once the record, in its present context, went to a sink: as in Java, handlers and dead letters of later errors then
   * get no source bytes.
   */
  isSent = false
  /** The record that this context was made for. As in Java, forwarding another one makes a context of its own, to which `isSent` belongs. */
  record: object | undefined = undefined
  /** Whether a handler may want the source bytes: only then is it known which record went to a sink. */
  readonly keepsSource: boolean

  /** `keepsSource`: whether contexts that are kept hold a copy of the source bytes, because a handler may want them. */
  constructor(keepsSource = false) {
    this.keepsSource = keepsSource
  }

  metadata(): RecordMetadata | undefined {
    return this.isPresent ? { topic: this.topic, partition: this.partition, offset: this.offset } : undefined
  }

  context(): RecordContext {
    return new CurrentContext(this, this.isSent ? undefined : this.source)
  }

  /** A copy that may outlive the record. */
  kept(): RecordContext {
    const { topic, partition, offset, timestamp, headers } = this
    const kept: KeptContext = { topic, partition, offset, timestamp, headers, source: this.#keptSource() }
    return kept
  }

  /** The same into an object that is there. */
  copyTo(target: ContextHolder): void {
    target.topic = this.topic
    target.partition = this.partition
    target.offset = this.offset
    target.timestamp = this.timestamp
    target.headers = this.headers
    target.source = this.#keptSource()
  }

  #keptSource(): SourceBytes | undefined {
    return this.keepsSource && !this.isSent ? copyOf(this.source) : undefined
  }

  /** Makes a context that was kept the current one. */
  set(context: RecordContext): void {
    this.isPresent = true
    this.topic = context.topic
    this.partition = context.partition
    this.offset = context.offset
    this.timestamp = context.timestamp
    this.headers = context.headers
    this.source = (context as Partial<KeptContext>).source
    this.isSent = false
    this.record = undefined
  }

  /** The record is done with; its place in the input stays known. */
  leave(): void {
    this.isPresent = false
    this.source = undefined
  }

  clear(): void {
    this.isPresent = false
    this.topic = undefined
    this.partition = -1
    this.offset = -1
    this.timestamp = -1
    this.headers = Headers.empty
    this.source = undefined
    this.isSent = false
    this.record = undefined
  }

  /** Inside punctuators there is no source record; time is the only thing known, as in Java. */
  setPunctuation(timestamp: number): void {
    this.clear()
    this.isPresent = true
    this.timestamp = timestamp
  }
}

const copyOf = (source: SourceBytes | undefined): SourceBytes | undefined => {
  if (source === undefined) return undefined
  const key = source.rawKey()
  const value = source.rawValue()
  return { rawKey: () => key, rawValue: () => value }
}

/** What a topic name extractor sees; the source bytes are copied only if it asks. */
class CurrentContext implements RecordContext {
  readonly topic: string | undefined
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly headers: Headers
  readonly #source: SourceBytes | undefined

  constructor({ topic, partition, offset, timestamp, headers }: RecordState, source: SourceBytes | undefined) {
    this.topic = topic
    this.partition = partition
    this.offset = offset
    this.timestamp = timestamp
    this.headers = headers
    this.#source = source
  }

  get sourceRawKey(): Uint8Array | undefined {
    return this.#source?.rawKey()
  }

  get sourceRawValue(): Uint8Array | undefined {
    return this.#source?.rawValue()
  }
}
