import type { ApiDefinition, RequestOf } from '../../protocol/index.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'
import type { AnyHandler, ApiHandler, RequestContext } from './handler.ts'

/** Whether the broker that was asked coordinates a group, or a transactional id. */
export const isCoordinator = ({ broker, nodeId }: RequestContext, key: string): boolean => broker.cluster.isCoordinator(nodeId, key)

/** A handler of requests that are about one group or transactional id, for whose coordinator alone they are. */
export const coordinated = <A extends ApiDefinition>(inner: ApiHandler<A>, keyOf: (request: RequestOf<A>) => string | undefined): AnyHandler =>
  handler<A>({
    ...inner,
    handle: (request, context) => {
      const key = keyOf(request)
      return key === undefined || isCoordinator(context, key) ? inner.handle(request, context) : inner.fail(request, errorCodes.NOT_COORDINATOR)
    },
  })
