import { Script, createContext } from 'node:vm'
import type { Context } from 'node:vm'

/** Tells which topics are meant. */
export interface TopicPattern {
  test(name: string): boolean
}

/** The longest that one pattern may take for one name, ms. */
const PATIENCE_MS = 50

const ask = new Script('regex.test(name)')

/**
 * A regular expression that can take JavaScript longer than anybody can wait, since it tries one possibility after the other.
 * Once it has taken too long it matches nothing.
 */
export class TimedPattern implements TopicPattern {
  readonly #context: Context
  #isGivenUp = false

  constructor(regex: RegExp) {
    this.#context = createContext({ regex, name: '' })
  }

  test(name: string): boolean {
    if (this.#isGivenUp) return false
    this.#context['name'] = name
    try {
      return ask.runInContext(this.#context, { timeout: PATIENCE_MS }) === true
    } catch {
      // Too long, or too large to be compiled.
      this.#isGivenUp = true
      return false
    }
  }
}
