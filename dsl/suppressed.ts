import { TopologyError } from '../lib/core/errors.ts'
import type { Windowed } from '../stores/windowed.ts'
import type { Named } from './options.ts'

/** How much a suppression may hold back. Without limits: as much as comes. */
export interface StrictBufferConfig extends Named {
  /** Keys that wait at most. More stop the task with MILLRACE_SUPPRESS_BUFFER_FULL. @default no limit */
  readonly maxRecords?: number | undefined
  /** The same in bytes of serialized keys, values and record contexts. @default no limit */
  readonly maxBytes?: number | undefined
  /** Whether the buffer has a changelog topic, and with which topic configs. @default true */
  readonly logging?: boolean | Readonly<Record<string, string>> | undefined
}

/** A buffer that, when a limit is met, lets the oldest updates go on early, or stops the program. */
export interface BufferConfig extends StrictBufferConfig {
  /** What happens at a limit: the oldest goes on early, or the task stops with MILLRACE_SUPPRESS_BUFFER_FULL. @default 'emit-early' */
  readonly whenFull?: 'emit-early' | 'shut-down' | undefined
}

/** Which updates `KTable.suppress` holds back, until when, and in which buffer. Made by the functions of the same name. */
export interface Suppressed<K> extends Named {
  /** Undefined: until the window closes. Else ms of stream time that an update waits for newer ones of its key. */
  readonly timeToWaitForMoreEventsMs: number | undefined
  /** Limits and changelog of what waits. */
  readonly buffer: BufferConfig
  /** Without value: it keeps a suppression of windows from tables without windows. */
  readonly accepts?: ((key: K) => void) | undefined
}

/** Makes what `KTable.suppress` takes (KIP-328). */
export const Suppressed = {
  /**
   * Only the final result of each window, once stream time has passed its end and grace.
   * @param config `name` of the node and the buffer, limits; a full buffer stops the program, since an early result would not be final
   */
  untilWindowCloses: (config: StrictBufferConfig = {}): Suppressed<Windowed<unknown>> => ({
    name: config.name,
    timeToWaitForMoreEventsMs: undefined,
    buffer: { ...config, whenFull: 'shut-down' },
  }),

  /**
   * The last update of each key in any span of `timeToWaitForMoreEvents` ms of stream time. 0 or less: nothing waits.
   * @throws {TopologyError} when the time is no number
   */
  untilTimeLimit: (timeToWaitForMoreEvents: number, config: BufferConfig = {}): Suppressed<unknown> => {
    if (Number.isNaN(Number(timeToWaitForMoreEvents))) {
      throw new TopologyError(`suppress() waits for a number of ms, but got ${String(timeToWaitForMoreEvents)}`)
    }
    return { name: config.name, timeToWaitForMoreEventsMs: timeToWaitForMoreEvents, buffer: config }
  },
} as const
