/** Lines of each kind between two calls of `tick`; more are counted and told in one line. */
const LINES_PER_TICK = 10

interface Share {
  printed: number
  held: number
}

/** Prints the lines that users of the tutorial know, without drowning them under load. */
export class LimitedConsole {
  readonly #print: (line: string) => void
  readonly #shares = new Map<string, Share>()

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  /** Prints the line, or counts it when its kind has had its share. The line is only made when printed. Looks at no clock. */
  print(kind: string, line: () => string): void {
    let share = this.#shares.get(kind)
    if (!share) this.#shares.set(kind, (share = { printed: 0, held: 0 }))
    if (share.printed < LINES_PER_TICK) {
      share.printed++
      this.#print(line())
    } else {
      share.held++
    }
  }

  /** For what must not be missed, such as a new model. */
  always(line: string): void {
    this.#print(line)
  }

  /** Tells how many lines were held back, and gives each kind a new share. To be called once a second, and at the end. */
  tick(): void {
    for (const [kind, { held }] of this.#shares) {
      if (held > 0) this.#print(`… and ${held} more lines like this (${kind})`)
    }
    this.#shares.clear()
  }
}
