import { alterConfigs } from '../../protocol/messages/33-alter-configs.ts'
import { ConfigOperation, ResourceType, changed, findResource, whyNotApplicable } from '../config/config-resources.ts'
import type { ConfigChange } from '../config/config-resources.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'

interface ResourceAnswer {
  readonly errorCode: number
  readonly errorMessage?: string
  readonly resourceType: number
  readonly resourceName: string
}

/** The answer for a resource that a request names more than once; `undefined` for others. */
export const refusedTwice = (resources: readonly { readonly resourceType: number; readonly resourceName: string }[], resourceType: number, resourceName: string): ResourceAnswer | undefined => {
  const named = resources.filter((other) => other.resourceType === resourceType && other.resourceName === resourceName)
  return named.length < 2 ? undefined : { errorCode: errorCodes.INVALID_REQUEST, errorMessage: 'Each resource must appear at most once.', resourceType, resourceName }
}

/** Changes the settings of one resource, unless they are only to be checked. */
export const alterResource = (resourceType: number, resourceName: string, changes: readonly ConfigChange[], validateOnly: boolean, context: RequestContext): ResourceAnswer => {
  if (resourceName === '' && resourceType === ResourceType.TOPIC) return { errorCode: errorCodes.INVALID_REQUEST, errorMessage: 'Default topic resources are not allowed.', resourceType, resourceName }
  const resource = findResource(resourceType, resourceName, context)
  const overrides = 'error' in resource ? resource : changed(resource, changes)
  const refusal = 'error' in resource ? resource : 'error' in overrides ? overrides : whyNotApplicable(resource, overrides)
  if (refusal !== undefined) return { errorCode: refusal.error, errorMessage: refusal.message, resourceType, resourceName }
  if (!validateOnly && 'apply' in resource && !('error' in overrides)) resource.apply(overrides)
  return { errorCode: errorCodes.NONE, resourceType, resourceName }
}

export const alterConfigsHandler = handler<typeof alterConfigs>({
  api: alterConfigs,
  handle: (request, context) => {
    const { broker } = context
    const answer = {
      responses: request.resources.map(({ resourceType, resourceName, configs }) => {
        const refusal = refusedTwice(request.resources, resourceType, resourceName)
        if (refusal !== undefined) return refusal
        const resource = findResource(resourceType, resourceName, context)
        const overridden = 'error' in resource ? [] : [...resource.overrides.keys()]
        // What is not named goes back to its default.
        const dropped = overridden.filter((name) => !configs.some((config) => config.name === name))
        const changes = [
          ...dropped.map((name) => ({ name, configOperation: ConfigOperation.DELETE, value: undefined })),
          ...configs.map(({ name, value }) => ({ name, configOperation: ConfigOperation.SET, value })),
        ]
        return alterResource(resourceType, resourceName, changes, request.validateOnly, context)
      }),
    }
    return broker.journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (request, errorCode) => ({ responses: request.resources.map(({ resourceType, resourceName }) => ({ errorCode, resourceType, resourceName })) }),
})
