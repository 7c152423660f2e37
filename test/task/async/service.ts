/** One call that a test answers. */
export interface OpenCall {
  readonly name: string
  answer(result: string): void
  fail(error: Error): void
}

/** A service that answers when the test says so, in any order. */
export class Service {
  /** Calls without an answer, in the order in which they were made. */
  readonly open: OpenCall[] = []
  /** The names of all calls, in the order in which they were made. */
  readonly made: string[] = []
  /** How many were open at a time, at most. */
  most = 0

  readonly call = (name: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const leave = (): void => void this.open.splice(this.open.indexOf(call), 1)
      const call: OpenCall = {
        name,
        answer: (result) => {
          leave()
          resolve(result)
        },
        fail: (error) => {
          leave()
          reject(error)
        },
      }
      this.made.push(name)
      this.open.push(call)
      this.most = Math.max(this.most, this.open.length)
    })

  /** Answers the call of that name, or the one at that position, with its name and `!`. */
  answer(which: string | number): void {
    const call = typeof which === 'number' ? this.open[which] : this.open.find(({ name }) => name === which)
    if (call === undefined) throw new Error(`no call ${which} is open`)
    call.answer(`${call.name}!`)
  }
}

/** Resolves when all that follows from answers given so far has happened. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
