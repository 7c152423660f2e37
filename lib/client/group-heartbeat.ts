import type { ClientError } from './errors.ts'

export interface HeartbeatOptions {
  readonly intervalMs: number
  readonly retryMs: number
  /** Sends one; rejects with the coordinator's verdict. */
  readonly beat: () => Promise<void>
  /** True when the next one is to follow an answer at once. */
  readonly isUrgent: () => boolean
  /** Called with every rejection. Retriable ones are tried again soon. */
  readonly onError: (error: ClientError) => void
}

/** Sends heartbeats one after the other until stopped; a timer of its own, so that processing between them does not matter. */
export class Heartbeat {
  readonly #options: HeartbeatOptions
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: HeartbeatOptions) {
    this.#options = options
    this.#schedule(options.intervalMs)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #schedule(ms: number): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#beat(), ms)
  }

  async #beat(): Promise<void> {
    const { intervalMs, retryMs, beat, isUrgent, onError } = this.#options
    try {
      await beat()
      this.#schedule(isUrgent() ? 0 : intervalMs)
    } catch (error) {
      if (this.#stopped) return
      this.#schedule(Math.min(retryMs, intervalMs))
      onError(error as ClientError)
    }
  }
}
