/**
 * The root of every error Millrace throws on purpose. `code` is the API (stable), the message is for people: it says what
 * came and what to do.
 */
export class StreamsError extends Error {
  /** `MILLRACE_<AREA>_<WHAT>`; stable across releases, unlike the message. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** The topology is wrong: found when it is built, never at the first record. */
export class TopologyError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_TOPOLOGY_INVALID', message, options)
  }
}

/** Bytes could not be turned into a value, or a value into bytes. */
export class SerializationError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_SERDES_FAILED', message, options)
  }
}

/** A configuration name or value is wrong; the message names it and the nearest right one. */
export class ConfigError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_CONFIG_INVALID', message, options)
  }
}

/** A store was asked for that is not there, not open, or not of that type. */
export class InvalidStateStoreError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_STORE_INVALID', message, options)
  }
}
