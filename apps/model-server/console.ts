/** Lines of each kind in one second; more are counted and told in one line. */
const LINES_PER_SECOND = 10

interface Window {
  startedAt: number
  printed: number
  held: number
}

/** Prints the lines that users of the tutorial know, without drowning them under load. */
export class LimitedConsole {
  readonly #print: (line: string) => void
  readonly #now: () => number
  readonly #windows = new Map<string, Window>()

  constructor(print: (line: string) => void, now: () => number = Date.now) {
    this.#print = print
    this.#now = now
  }

  /** Prints the line, or counts it when its kind has had its share of this second. The line is only made when printed. */
  print(kind: string, line: () => string): void {
    const now = this.#now()
    let window = this.#windows.get(kind)
    if (!window) this.#windows.set(kind, (window = { startedAt: now, printed: 0, held: 0 }))
    if (now - window.startedAt >= 1000) {
      if (window.held > 0) this.#print(`… and ${window.held} more like this (${kind})`)
      window.startedAt = now
      window.printed = 0
      window.held = 0
    }
    if (window.printed++ < LINES_PER_SECOND) this.#print(line())
    else window.held++
  }

  /** For what must not be missed, such as a new model. */
  always(line: string): void {
    this.#print(line)
  }
}
