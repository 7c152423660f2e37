/** Hears what a fetcher does, for metrics. Called once for a response or a partition's part of it, never for a record. */
export interface FetchMeter {
  /** A broker has answered a fetch, after what {@link fetched} told. */
  answered(latencyMs: number): void
  /** Records of a partition came; `lag` and `lead`: how far they are from its end and from its beginning. */
  fetched(topic: string, partition: number, records: number, bytes: number, lag: number, lead: number): void
  assigned(topic: string, partition: number): void
  unassigned(topic: string, partition: number): void
}

/** Hears what a producer sends, for metrics. Called once for a request, or a batch. */
export interface ProduceMeter {
  answered(latencyMs: number): void
  /** A batch is written: its size, and that on the wire; `queuedMs`: since its first record. */
  sent(topic: string, records: number, bytes: number, sentBytes: number, queuedMs: number): void
  retried(topic: string, records: number): void
  failed(topic: string, records: number): void
}
