import { errorCodes } from '../../protocol/error-table.ts'
import { listConfigResources } from '../../protocol/messages/74-list-config-resources.ts'
import type { BrokerState } from '../broker-state.ts'
import { clientMetricsOf } from '../config/client-metrics.ts'
import { ResourceType } from '../config/config-resources.ts'
import { handler } from './handler.ts'

/** What has settings of a type, by name. */
const namesOf: Readonly<Record<number, (broker: BrokerState) => readonly string[]>> = {
  [ResourceType.TOPIC]: ({ topics }) => [...topics.all()].map(({ name }) => name),
  [ResourceType.BROKER]: ({ cluster }) => cluster.running.map(String),
  [ResourceType.BROKER_LOGGER]: ({ cluster }) => cluster.running.map(String),
  [ResourceType.CLIENT_METRICS]: (broker) => clientMetricsOf(broker).names(),
  [ResourceType.GROUP]: ({ groups }) => groups.configs.names(),
}

export const listConfigResourcesHandler = handler<typeof listConfigResources>({
  api: listConfigResources,
  handle: ({ resourceTypes }, { broker, apiVersion }) => {
    const wanted = apiVersion === 0 ? [ResourceType.CLIENT_METRICS] : resourceTypes.length === 0 ? Object.keys(namesOf).map(Number) : [...new Set(resourceTypes)]
    if (wanted.some((type) => namesOf[type] === undefined)) return { errorCode: errorCodes.UNSUPPORTED_VERSION, configResources: [] }
    return {
      errorCode: errorCodes.NONE,
      configResources: wanted.flatMap((resourceType) => namesOf[resourceType]!(broker).map((resourceName) => ({ resourceName, resourceType }))),
    }
  },
  fail: (_request, errorCode) => ({ errorCode, configResources: [] }),
})
