import type { AnyHandler, AnyRequest, AnyResponse, RequestContext } from '../handlers/handler.ts'

/** What a test wants to become of one request. All of it may be left out: then the request is handled as ever. */
export interface FaultDecision<Response = object> {
  /** Wait so long before anything else happens (ms). */
  readonly delayMs?: number
  /** Answer with this error code, for every part of the request, without doing what it asks. */
  readonly error?: number
  /**
   * Answer with an error code for single partitions, without doing what is asked of those; `undefined` leaves a partition
   * alone. For requests that name partitions: Produce, Fetch, ListOffsets, OffsetCommit, DeleteRecords,
   * OffsetForLeaderEpoch, TxnOffsetCommit.
   */
  readonly errorFor?: (topic: string, partition: number) => number | undefined
  /** Close the connection: `before` the request is handled, or `after`, so that it took effect but nobody knows. */
  readonly disconnect?: 'before' | 'after'
  /** Change the response; its fields are those of Kafka's message. */
  readonly alter?: (response: Response) => Response
}

/** A request as a fault function sees it; `request` has the fields of Kafka's message. */
export interface FaultRequest<Request = object> {
  readonly apiVersion: number
  readonly clientId: string
  /** The broker id that the client sent it to. */
  readonly nodeId: number
  readonly request: Request
}

/** Asked for every request of its api; `undefined` leaves the request alone. It may do other things meanwhile, such as move a leader. */
export type FaultFunction<Request = object, Response = object> = (
  request: FaultRequest<Request>,
) => FaultDecision<Response> | undefined | Promise<FaultDecision<Response> | undefined>

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

  has(apiKey: number): boolean {
    return this.#byApi.has(apiKey)
  }

  /** The first decision that a fault function takes; an empty one when none does. */
  async decide(apiKey: number, request: FaultRequest): Promise<FaultDecision> {
    for (const fault of [...(this.#byApi.get(apiKey) ?? [])]) {
      const decision = await fault(request)
      if (decision === undefined) continue
      const { delayMs } = decision
      if (delayMs !== undefined) await new Promise<void>((resolve) => setTimeout(resolve, delayMs).unref())
      return decision
    }
    return {}
  }
}

/** Handles a request as a decision says. What is only for single partitions is loaded when a test first wants it. */
export const handleFaulty = async ({ error, errorFor, alter }: FaultDecision, handler: AnyHandler, request: AnyRequest, context: RequestContext): Promise<AnyResponse | undefined> => {
  const answer = error !== undefined
    ? handler.fail(request, error)
    : errorFor === undefined
      ? await handler.handle(request, context)
      : await (await import('./partition-faults.ts')).handlePartly(errorFor, handler, request, context)
  return answer === undefined || alter === undefined ? answer : (alter(answer) as AnyResponse)
}
