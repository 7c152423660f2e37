/**
 * Does one step after the other. Stays synchronous as long as the steps do; from the first promise on, the rest follows it.
 */
export const inSequence = <T>(items: readonly T[], step: (item: T) => void | Promise<void>, from = 0): void | Promise<void> => {
  for (let i = from; i < items.length; i++) {
    const promise = step(items[i]!)
    if (promise !== undefined) return promise.then(() => inSequence(items, step, i + 1))
  }
}
