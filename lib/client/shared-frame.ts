/** Memory that several chunks are views of: given back when the last of them is. */
export class SharedFrame {
  #users = 1
  readonly #release: () => void

  constructor(release: () => void) {
    this.#release = release
  }

  retain(): void {
    this.#users += 1
  }

  release(): void {
    this.#users -= 1
    if (this.#users === 0) this.#release()
  }
}
