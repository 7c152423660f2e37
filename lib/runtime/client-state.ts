import { StateMachine } from './state-machine.ts'
import type { Transitions } from './state-machine.ts'

/** The states of a `KafkaStreams` instance, named and ordered as in Java. */
export type ClientState =
  | 'CREATED'
  | 'REBALANCING'
  | 'RUNNING'
  | 'PENDING_SHUTDOWN'
  | 'NOT_RUNNING'
  | 'PENDING_ERROR'
  | 'ERROR'

const transitions: Transitions<ClientState> = {
  CREATED: ['REBALANCING', 'PENDING_SHUTDOWN'],
  REBALANCING: ['RUNNING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  RUNNING: ['REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'PENDING_ERROR'],
  PENDING_SHUTDOWN: ['NOT_RUNNING'],
  NOT_RUNNING: [],
  PENDING_ERROR: ['ERROR'],
  ERROR: [],
}

/** Called after every state change of the client. */
export type StateListener = (newState: ClientState, oldState: ClientState) => void

/**
 * The client's life cycle. Beside the table, changes that come too late are ignored rather than refused: a thread that
 * reports a rebalance while the client shuts down is no error.
 */
export class ClientStateMachine {
  readonly #machine = new StateMachine<ClientState>('a KafkaStreams client', transitions, 'CREATED')

  get state(): ClientState {
    return this.#machine.state
  }

  /** True while threads are meant to run. */
  get isRunningOrRebalancing(): boolean {
    return this.state === 'RUNNING' || this.state === 'REBALANCING'
  }

  get hasShutDown(): boolean {
    return this.state === 'NOT_RUNNING' || this.state === 'ERROR'
  }

  onChange(listener: StateListener): void {
    this.#machine.onChange(listener)
  }

  /**
   * Goes to `next`; false when the change comes too late to matter.
   * @throws {IllegalStateError} when the life cycle has no such change
   */
  transitionTo(next: ClientState): boolean {
    if (this.#comesTooLate(next)) return false
    this.#machine.transitionTo(next)
    return true
  }

  #comesTooLate(next: ClientState): boolean {
    switch (this.state) {
      case 'PENDING_SHUTDOWN':
        return next !== 'NOT_RUNNING'
      case 'NOT_RUNNING':
        return next === 'PENDING_SHUTDOWN' || next === 'NOT_RUNNING'
      case 'REBALANCING':
        return next === 'REBALANCING'
      case 'ERROR':
        return next === 'PENDING_ERROR' || next === 'ERROR'
      case 'PENDING_ERROR':
        return next !== 'ERROR'
      default:
        return false
    }
  }
}
