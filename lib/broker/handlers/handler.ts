import type { ApiDefinition, RequestOf, ResponseInput } from '../../protocol/index.ts'
import type { BrokerState } from '../broker-state.ts'
import type { Gate } from '../security/gate.ts'

/** Where to find a broker. */
export interface NodeAddress {
  readonly host: string
  readonly port: number
  readonly rack: string | undefined
}

/** Where a request came from. */
export interface RequestContext {
  readonly broker: BrokerState
  readonly apiVersion: number
  readonly clientId: string
  /** The client's address, as DescribeGroups shows it. */
  readonly clientHost: string
  /** Who the client is: `User:` and a name. */
  readonly principal: string
  /** What the client may do; only on a broker with ACLs. */
  readonly gate?: Gate
  /** The broker of the cluster that the client is connected to. */
  readonly nodeId: number
  /** Where clients of this connection are told to connect for one of the brokers, and its rack. */
  readonly addressOf: (nodeId: number) => NodeAddress
  /** Aborted when the connection is gone: long polls end then. */
  readonly closed: AbortSignal
  /** Lets no later request of the connection be handled before this has settled. */
  readonly hold: (until: Promise<unknown>) => void
  /** Closes the connection once what is due before has been sent. */
  readonly disconnect: () => void
}

type Answer<A extends ApiDefinition> = ResponseInput<A> | undefined

/** How the broker answers one api. */
export interface ApiHandler<A extends ApiDefinition> {
  readonly api: A
  /** `undefined` means no response at all. */
  readonly handle: (request: RequestOf<A>, context: RequestContext) => Answer<A> | Promise<Answer<A>>
  /** The response that says that all of the request failed with this error. */
  readonly fail: (request: RequestOf<A>, error: number) => ResponseInput<A>
}

/** A handler whose messages are not known by type: how the server sees them all. */
export type AnyHandler = ApiHandler<ApiDefinition>
export type AnyRequest = RequestOf<ApiDefinition>
export type AnyResponse = ResponseInput<ApiDefinition>

/** Checks a handler against its api's messages, and forgets their types. */
export const handler = <A extends ApiDefinition>(typed: ApiHandler<A>): AnyHandler => typed as unknown as AnyHandler

/** Answers with one error code at the top and nothing else. */
export const topLevelError = (_request: unknown, errorCode: number): { errorCode: number } => ({ errorCode })
