/**
 * Times (ms) that processors keep with the offsets a task commits, by name: Java's processor metadata. A windowed aggregation
 * remembers here until when it has sent its closed windows.
 */
export class RememberedTimes {
  readonly #times = new Map<string, number>()
  #isChanged = false

  /** True when there is something that the last commit did not have. */
  get isChanged(): boolean {
    return this.#isChanged
  }

  get(name: string): number | undefined {
    return this.#times.get(name)
  }

  set(name: string, time: number): void {
    this.#times.set(name, time)
    this.#isChanged = true
  }

  /** Takes over what was committed with one input partition; of several the latest time counts. */
  merge(committed: ReadonlyMap<string, number>): void {
    for (const [name, time] of committed) {
      if (time > (this.#times.get(name) ?? -Infinity)) this.#times.set(name, time)
    }
  }

  /** A copy, for the metadata of a commit. */
  snapshot(): ReadonlyMap<string, number> {
    return new Map(this.#times)
  }

  committed(): void {
    this.#isChanged = false
  }
}
