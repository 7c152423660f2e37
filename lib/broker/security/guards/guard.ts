import type { RequestOf, ResponseInput } from '../../../protocol/schema.ts'
import type { ApiDefinition } from '../../../protocol/schema.ts'
import type { AnyHandler, AnyRequest, AnyResponse, ApiHandler, RequestContext } from '../../handlers/handler.ts'
import { errorCodes } from '../../../protocol/error-table.ts'
import type { Operation} from '../acl.ts';
import { ResourceType } from '../acl.ts'
import type { Gate } from '../gate.ts'

/** What may come between a request of an api and its handler. */
export type Guard<A extends ApiDefinition> = (request: RequestOf<A>, context: RequestContext, handler: ApiHandler<A>, gate: Gate) => Answer<A> | Promise<Answer<A>>
export type Answer<A extends ApiDefinition> = ResponseInput<A> | undefined

/** A guard whose messages are not known by type: how the table sees them all. */
export type AnyGuard = (request: AnyRequest, context: RequestContext, handler: AnyHandler, gate: Gate) => AnyResponse | undefined | Promise<AnyResponse | undefined>

/** Checks a guard against its api's messages, and forgets their types. */
export const guard = <A extends ApiDefinition>(typed: Guard<A>): AnyGuard => typed as unknown as AnyGuard

/** The error that goes with a type of resource. */
export const refusalOf = {
  [ResourceType.TOPIC]: errorCodes.TOPIC_AUTHORIZATION_FAILED,
  [ResourceType.GROUP]: errorCodes.GROUP_AUTHORIZATION_FAILED,
  [ResourceType.CLUSTER]: errorCodes.CLUSTER_AUTHORIZATION_FAILED,
  [ResourceType.TRANSACTIONAL_ID]: errorCodes.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
} as const

/** For requests that everybody may make. */
export const open: AnyGuard = (request, context, handler) => handler.handle(request, context)

/** For requests about the cluster as a whole: those who may not get the error, and nothing else. */
export const onCluster = (...operations: readonly Operation[]): AnyGuard => (request, context, handler, gate) =>
  operations.some((operation) => gate.mayOnCluster(operation)) ? handler.handle(request, context) : handler.fail(request, errorCodes.CLUSTER_AUTHORIZATION_FAILED)

/** For requests about one group. */
export const onGroup = (operation: Operation): AnyGuard => guard<ApiDefinition>((request, context, handler, gate) => {
  const { groupId } = request as unknown as { readonly groupId: string }
  return gate.may(operation, ResourceType.GROUP, groupId) ? handler.handle(request, context) : handler.fail(request, errorCodes.GROUP_AUTHORIZATION_FAILED)
})

export const then = <T, R>(value: T | Promise<T>, next: (value: T) => R): R | Promise<R> => (value instanceof Promise ? value.then(next) : next(value))

type Lists = Readonly<Record<string, readonly unknown[]>>

/** The parts of a request that are in one list, and the list of the response in which each has its answer. */
export interface Split<A extends ApiDefinition, Q extends keyof RequestOf<A>, R extends keyof ResponseInput<A>> {
  readonly asked: Q
  readonly answered: R
}

/**
 * Lets the handler see those parts of a request that are allowed, and the others fail; the answers are in one list again.
 * The handler is not asked about nothing.
 */
export const split = <A extends ApiDefinition, Q extends keyof RequestOf<A>, R extends keyof ResponseInput<A>>(
  { asked, answered }: Split<A, Q, R>,
  request: RequestOf<A>,
  context: RequestContext,
  handler: ApiHandler<A>,
  errorCode: number,
  isAllowed: (part: RequestOf<A>[Q] extends readonly (infer P)[] | undefined ? P : never) => boolean,
): Answer<A> | Promise<Answer<A>> => {
  const parts = (request as unknown as Lists)[asked as string]!
  const allowed = parts.filter((part) => isAllowed(part as never))
  if (allowed.length === parts.length) return handler.handle(request, context)
  const refused = handler.fail({ ...request, [asked]: parts.filter((part) => !allowed.includes(part)) }, errorCode)
  if (allowed.length === 0) return refused
  return then(handler.handle({ ...request, [asked]: allowed }, context), (answer) =>
    answer === undefined ? undefined : { ...answer, [answered]: [...(answer as unknown as Lists)[answered as string]!, ...(refused as unknown as Lists)[answered as string]!] })
}
