import { StateMachine } from './state-machine.ts'
import type { Transitions } from './state-machine.ts'

/** The states of one stream thread, named and ordered as in Java. */
export type ThreadState =
  | 'CREATED'
  | 'STARTING'
  | 'PARTITIONS_REVOKED'
  | 'PARTITIONS_ASSIGNED'
  | 'RUNNING'
  | 'PENDING_SHUTDOWN'
  | 'DEAD'

const transitions: Transitions<ThreadState> = {
  CREATED: ['STARTING', 'PENDING_SHUTDOWN'],
  STARTING: ['PARTITIONS_REVOKED', 'PARTITIONS_ASSIGNED', 'PENDING_SHUTDOWN'],
  PARTITIONS_REVOKED: ['PARTITIONS_REVOKED', 'PARTITIONS_ASSIGNED', 'PENDING_SHUTDOWN'],
  PARTITIONS_ASSIGNED: ['PARTITIONS_REVOKED', 'PARTITIONS_ASSIGNED', 'RUNNING', 'PENDING_SHUTDOWN'],
  RUNNING: ['PARTITIONS_REVOKED', 'PARTITIONS_ASSIGNED', 'RUNNING', 'PENDING_SHUTDOWN'],
  PENDING_SHUTDOWN: ['DEAD'],
  DEAD: [],
}

/**
 * A stream thread's life cycle. Once it is told to stop, changes that belong to the group (assigned, revoked) come too
 * late and are ignored.
 */
export class ThreadStateMachine {
  readonly #machine: StateMachine<ThreadState>

  constructor(threadName: string) {
    this.#machine = new StateMachine(`stream thread ${threadName}`, transitions, 'CREATED')
  }

  get state(): ThreadState {
    return this.#machine.state
  }

  /** True until the thread is told to stop. */
  get isAlive(): boolean {
    return this.state !== 'PENDING_SHUTDOWN' && this.state !== 'DEAD'
  }

  onChange(listener: (newState: ThreadState, oldState: ThreadState) => void): void {
    this.#machine.onChange(listener)
  }

  /** Goes to `next`; false when the thread is already stopping. */
  transitionTo(next: ThreadState): boolean {
    if (this.state === 'DEAD') return false
    if (this.state === 'PENDING_SHUTDOWN' && next !== 'DEAD') return false
    this.#machine.transitionTo(next)
    return true
  }
}
