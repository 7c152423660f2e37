import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const FILE = '.offset-sum'
/** The file is as far behind as this at most, records; half of what `acceptable.recovery.lag` is by default. */
const WRITE_EVERY = 5000

/**
 * How far the files of a task are, as one number: the sum of the changelog offsets. While nobody has the task open, this tells the
 * leader of the group what a restart here would be worth. It is only for planning: stores know by themselves what they have.
 */
export class OffsetSumFile {
  readonly #directory: string
  #written: number | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  /** `isLast`: the files are about to be closed. */
  note(sum: number, isLast: boolean): void {
    if (sum === this.#written || (!isLast && Math.abs(sum - (this.#written ?? 0)) < WRITE_EVERY)) return
    try {
      writeFileSync(path.join(this.#directory, FILE), `${sum}\n`)
      this.#written = sum
    } catch {
      // a full disk: what cannot be written is not known
    }
  }
}

/** What was written last for a directory; undefined when nothing was. */
export const readOffsetSum = (directory: string): number | undefined => {
  try {
    const sum = Number(readFileSync(path.join(directory, FILE), 'utf8'))
    return Number.isSafeInteger(sum) && sum >= 0 ? sum : undefined
  } catch {
    return undefined
  }
}
