import { describeConfigs as describeConfigsApi } from '../protocol/messages/32-describe-configs.ts'
import { incrementalAlterConfigs } from '../protocol/messages/44-incremental-alter-configs.ts'
import type { ApiDefinition, RequestInput, ResponseOf } from '../protocol/schema.ts'
import type { Cluster } from './cluster.ts'
import { throwIfError } from './kafka-errors.ts'
import type { ConfigChanges, ConfigEntry, ConfigResource } from './types.ts'

const RESOURCE_TYPES = { topic: 2, broker: 4 } as const
const SET = 0
const DELETE = 1

/** The source of values that nobody set: the broker's own default, or what its configuration file says. */
const DEFAULT_SOURCES: readonly number[] = [4, 5]

const wire = ({ type, name }: ConfigResource) => ({ resourceType: RESOURCE_TYPES[type], resourceName: name })

/** A broker's settings only that broker knows; topics' any. */
const ask = async <A extends ApiDefinition>(cluster: Cluster, { type, name }: ConfigResource, api: A, body: RequestInput<A>): Promise<ResponseOf<A>> => {
  if (type !== 'broker' || name === '') return cluster.requestAny('admin', api, body)
  if (cluster.brokers().length === 0) await cluster.connect()
  return cluster.request(Number(name), 'admin', api, body)
}

export const describeConfigs = async (
  cluster: Cluster,
  resources: readonly ConfigResource[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, ConfigEntry>>> => {
  const described = await Promise.all(
    resources.map((resource) => cluster.retrying(`describing ${resource.type} ${resource.name}`, () => describe(cluster, resource))),
  )
  return new Map(resources.map((resource, i) => [resource.name, described[i]!]))
}

const describe = async (cluster: Cluster, resource: ConfigResource): Promise<ReadonlyMap<string, ConfigEntry>> => {
  const response = await ask(cluster, resource, describeConfigsApi, { resources: [wire(resource)] })
  const entries = new Map<string, ConfigEntry>()
  for (const { errorCode, errorMessage, configs } of response.results) {
    throwIfError(errorCode, `describing ${resource.type} ${resource.name}`, errorMessage)
    for (const { name, value, readOnly, isSensitive, configSource } of configs) {
      entries.set(name, { name, value, readOnly, sensitive: isSensitive, isDefault: DEFAULT_SOURCES.includes(configSource) })
    }
  }
  return entries
}

export const alterConfigs = (cluster: Cluster, resource: ConfigResource, changes: ConfigChanges): Promise<void> =>
  cluster.retrying(`configuring ${resource.type} ${resource.name}`, async () => {
    const configs = Object.entries(changes).map(([name, value]) => ({ name, configOperation: value === undefined ? DELETE : SET, value }))
    const response = await ask(cluster, resource, incrementalAlterConfigs, { resources: [{ ...wire(resource), configs }], validateOnly: false })
    for (const { errorCode, errorMessage } of response.responses) {
      throwIfError(errorCode, `configuring ${resource.type} ${resource.name}`, errorMessage)
    }
  })
