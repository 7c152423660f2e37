import type { KeyValueIterator, StateStore, ValueAndTimestamp } from '../../topology/api.ts'

/** What is put without a timestamp has this one, as in Java. */
export const NO_TIMESTAMP = -1

/** A view of a store that the task has initialised, and closes. */
export abstract class PlainStore<S extends StateStore> implements StateStore {
  protected readonly inner: S

  constructor(inner: S) {
    this.inner = inner
  }

  get name(): string {
    return this.inner.name
  }

  get persistent(): boolean {
    return this.inner.persistent
  }

  get isOpen(): boolean {
    return this.inner.isOpen
  }

  init(): void {}

  close(): void {}
}

export const stamped = <V>(value: V | undefined): ValueAndTimestamp<V> | undefined =>
  value === undefined ? undefined : { value, timestamp: NO_TIMESTAMP }

export const plainRows = <K, V>(rows: KeyValueIterator<K, ValueAndTimestamp<V>>): KeyValueIterator<K, V> => ({
  next() {
    const { done, value } = rows.next()
    return done === true ? { done, value: undefined } : { done: false, value: [value[0], value[1].value] }
  },
  return() {
    rows.close()
    return { done: true, value: undefined }
  },
  close: () => rows.close(),
  [Symbol.iterator]() {
    return this
  },
})
