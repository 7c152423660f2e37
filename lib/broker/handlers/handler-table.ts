import { apiVersions } from '../../protocol/messages/18-api-versions.ts'
import { parseVersions } from '../../protocol/versions.ts'
import type { VersionRange } from '../../protocol/versions.ts'
import { apiVersionsHandler } from './18-api-versions.ts'
import type { AnyHandler } from './handler.ts'

/** An api that is loaded when the first request for it comes: its key, the versions that clients are told, and how. */
export type HandlerOnDemand = readonly [apiKey: number, advertised: VersionRange, load: () => Promise<AnyHandler>]

/** A handler that is there from the start, and the versions that clients are told when they are not all it has. */
export type ReadyHandler = readonly [handler: AnyHandler, advertised?: VersionRange]

/**
 * What the broker answers, by api key. Most programs use few of the apis, and loading all of them would take longer than
 * everything else that a broker does to start.
 */
export class HandlerTable {
  readonly #ready = new Map<number, AnyHandler>()
  readonly #onDemand = new Map<number, () => Promise<AnyHandler>>()
  readonly #loading = new Map<number, Promise<AnyHandler>>()

  constructor(ready: readonly ReadyHandler[], onDemand: readonly HandlerOnDemand[]) {
    const advertised = new Map<number, VersionRange>([[apiVersions.key, apiVersions.versions]])
    for (const [handler, versions = handler.api.versions] of ready) {
      this.#ready.set(handler.api.key, handler)
      advertised.set(handler.api.key, versions)
    }
    for (const [apiKey, versions, load] of onDemand) {
      this.#onDemand.set(apiKey, load)
      advertised.set(apiKey, versions)
    }
    const tellVersions = apiVersionsHandler([...advertised].sort(([a], [b]) => a - b).map(([apiKey, versions]) => {
      const { min, max } = parseVersions(versions)
      return { apiKey, minVersion: min, maxVersion: max }
    }))
    this.#ready.set(tellVersions.api.key, tellVersions)
  }

  /** `undefined` for an api that the broker does not have; a promise while it is being loaded. */
  get(apiKey: number): AnyHandler | Promise<AnyHandler> | undefined {
    return this.#ready.get(apiKey) ?? this.#loading.get(apiKey) ?? this.#load(apiKey)
  }

  #load(apiKey: number): Promise<AnyHandler> | undefined {
    const loading = this.#onDemand.get(apiKey)?.().then((handler) => {
      this.#ready.set(apiKey, handler)
      return handler
    })
    if (loading !== undefined) this.#loading.set(apiKey, loading)
    return loading
  }
}
