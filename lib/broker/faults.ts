/** What a test wants to become of one request. All of it may be left out: then the request is handled as ever. */
export interface FaultDecision {
  /** Wait so long before anything else happens (ms). */
  readonly delayMs?: number
  /** Answer with this error code, for every part of the request, without doing what it asks. */
  readonly error?: number
  /** Close the connection: `before` the request is handled, or `after`, so that it took effect but nobody knows. */
  readonly disconnect?: 'before' | 'after'
  /** Change the response; its fields are those of Kafka's message. */
  readonly alter?: (response: object) => object
}

/** A request as a fault function sees it; `request` has the fields of Kafka's message. */
export interface FaultRequest {
  readonly apiVersion: number
  readonly clientId: string
  readonly request: object
}

/** Asked for every request of its api; `undefined` leaves the request alone. */
export type FaultFunction = (request: FaultRequest) => FaultDecision | undefined | Promise<FaultDecision | undefined>

/** Faults on request: how tests provoke what a real cluster does only rarely. */
export class Faults {
  readonly #byApi = new Map<number, Set<FaultFunction>>()

  add(apiKey: number, fault: FaultFunction): () => void {
    const functions = this.#byApi.get(apiKey) ?? new Set()
    functions.add(fault)
    this.#byApi.set(apiKey, functions)
    return () => {
      functions.delete(fault)
      if (functions.size === 0 && this.#byApi.get(apiKey) === functions) this.#byApi.delete(apiKey)
    }
  }

  /** The first decision that a fault function takes; `undefined`, at no cost, when there is none for the api. */
  decide(apiKey: number, request: FaultRequest): Promise<FaultDecision> | undefined {
    const functions = this.#byApi.get(apiKey)
    return functions === undefined ? undefined : firstDecision([...functions], request)
  }
}

const firstDecision = async (functions: readonly FaultFunction[], request: FaultRequest): Promise<FaultDecision> => {
  for (const fault of functions) {
    const decision = await fault(request)
    if (decision === undefined) continue
    const { delayMs } = decision
    if (delayMs !== undefined) await new Promise<void>((resolve) => setTimeout(resolve, delayMs).unref())
    return decision
  }
  return {}
}
