import type { StateStore, StoreBuilder } from '../../topology/api.ts'

/** A builder for tests that only look at the topology; its store cannot be built. */
export const storeBuilder = (name: string, extra: Partial<StoreBuilder> = {}): StoreBuilder => {
  const builder: StoreBuilder = {
    name,
    loggingEnabled: true,
    logConfig: {},
    withLoggingEnabled: () => builder,
    withLoggingDisabled: () => builder,
    withCachingEnabled: () => builder,
    withCachingDisabled: () => builder,
    build: (): StateStore => {
      throw new Error('only for looking at')
    },
    ...extra,
  }
  return builder
}
