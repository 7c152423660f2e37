/** What flows between the processors of tables: a row's new value and, where someone asked for it, the one it replaces. */
export class Change<V> {
  readonly newValue: V | undefined
  readonly oldValue: V | undefined
  /** False for an update that is older than the row's latest version; only versioned tables tell. */
  readonly isLatest: boolean

  constructor(newValue: V | undefined, oldValue: V | undefined, isLatest: boolean) {
    this.newValue = newValue
    this.oldValue = oldValue
    this.isLatest = isLatest
  }
}
