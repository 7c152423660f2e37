/**
 * What an application shows of its state. Every instance holds parts (its partitions'); the answer is made from the parts of
 * all instances, so that it is the same whichever instance is asked. Parts travel as JSON.
 */
export interface StateView<Part, Value> {
  /** The store that the parts come from: the instances that have it are asked. */
  readonly storeName: string
  /** The parts this instance holds. @throws {InvalidStateStoreError} while its stores are not there (rebalancing, restoring) */
  local(): Promise<readonly Part[]>
  /** The application's answer. */
  combine(parts: readonly Part[]): Value
  /** The answer for one data type; undefined when no part knows it. */
  combineFor(dataType: string, parts: readonly Part[]): Value | undefined
}
