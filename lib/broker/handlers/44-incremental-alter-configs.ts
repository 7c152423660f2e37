import { incrementalAlterConfigs } from '../../protocol/messages/44-incremental-alter-configs.ts'
import { alterResource, refusedTwice } from './33-alter-configs.ts'
import { handler } from './handler.ts'

export const incrementalAlterConfigsHandler = handler<typeof incrementalAlterConfigs>({
  api: incrementalAlterConfigs,
  handle: (request, context) => {
    const { broker } = context
    const answer = {
      responses: request.resources.map(({ resourceType, resourceName, configs }) => refusedTwice(request.resources, resourceType, resourceName) ?? alterResource(resourceType, resourceName, configs, request.validateOnly, context)),
    }
    return broker.journal.flushed()?.then(() => answer) ?? answer
  },
  fail: (request, errorCode) => ({ responses: request.resources.map(({ resourceType, resourceName }) => ({ errorCode, resourceType, resourceName })) }),
})
