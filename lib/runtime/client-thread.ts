import type { ThreadMetadata } from './thread-metadata.ts'
import type { ThreadState } from './thread-state.ts'

/** A stream thread as its client drives it, wherever it runs. */
export interface ClientThread {
  readonly name: string
  /** The number in its name. */
  readonly index: number
  readonly state: ThreadState
  /** Its tasks; of a worker as it told last. */
  metadata(clientId: string): ThreadMetadata
  /** What a start waits for before it is done: global stores of a worker, say. Never rejects: what goes wrong is told to the listener. */
  start(): void | Promise<void>
  /** Other threads have come or gone: the cache has another share. */
  resizeCache(): void
  /** Processing was paused or resumed. */
  wake(): void
  /** Asks the leader to stop every instance of the application; false when this thread no longer can. */
  requestApplicationShutdown(): boolean
  /** Stops; never rejects. `leaveGroup`: a static member leaves the group too. */
  shutdown(leaveGroup: boolean): Promise<void>
}
