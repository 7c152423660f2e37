/** What a task has to commit: said by what processes its records, asked by what commits them. */
export class CommitNeeds {
  /** Something happened since the last commit. */
  isNeeded = false
  /** A processor asked for a commit. */
  isRequested = false
  /** Work under way was not finished in time, and is to be done again by the next owner: there is nothing to commit. */
  hasGivenUp = false

  /** True when the stores hold just what was committed. */
  get isCommitted(): boolean {
    return !this.isNeeded && !this.isRequested && !this.hasGivenUp
  }

  committed(): void {
    this.isNeeded = false
    this.isRequested = false
  }
}
