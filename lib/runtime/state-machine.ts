import { StreamsError } from '../core/errors.ts'

/** A state change was asked for that the life cycle does not have. */
export class IllegalStateError extends StreamsError {
  constructor(message: string, options?: ErrorOptions) {
    super('MILLRACE_STATE_ILLEGAL', message, options)
  }
}

/** The states and, for each, the states that may follow it. */
export type Transitions<S extends string> = { readonly [state in S]: readonly S[] }

/**
 * A life cycle: one current state and a table of allowed changes. Listeners hear every change, in order, after it
 * happened.
 */
export class StateMachine<S extends string> {
  readonly #what: string
  readonly #transitions: Transitions<S>
  readonly #listeners: ((newState: S, oldState: S) => void)[] = []
  #state: S

  constructor(what: string, transitions: Transitions<S>, initial: S) {
    this.#what = what
    this.#transitions = transitions
    this.#state = initial
  }

  get state(): S {
    return this.#state
  }

  /** True when the life cycle allows to go to `next` from here. */
  allows(next: S): boolean {
    return this.#transitions[this.#state].includes(next)
  }

  /** @throws {IllegalStateError} when the life cycle has no such change */
  transitionTo(next: S): void {
    const old = this.#state
    if (!this.allows(next)) {
      const allowed = this.#transitions[old].join(', ') || 'no other state'
      throw new IllegalStateError(`${this.#what} cannot go from ${old} to ${next}: only ${allowed} may follow ${old}`)
    }
    this.#state = next
    for (const listener of this.#listeners) listener(next, old)
  }

  onChange(listener: (newState: S, oldState: S) => void): void {
    this.#listeners.push(listener)
  }
}
