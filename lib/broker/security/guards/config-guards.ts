import type { alterConfigs, describeConfigs, incrementalAlterConfigs } from '../../../protocol/index.ts'
import { Operation, ResourceType } from '../acl.ts'
import type { Gate } from '../gate.ts'
import { guard, refusalOf, split } from './guard.ts'

/** Types of what has settings, as its own requests number them. */
const CONFIG_OF_TOPIC = 2
const CONFIG_OF_GROUP = 32

interface Resource {
  readonly resourceType: number
  readonly resourceName: string
}

const typeOf = ({ resourceType }: Resource): typeof ResourceType.TOPIC | typeof ResourceType.GROUP | typeof ResourceType.CLUSTER =>
  resourceType === CONFIG_OF_TOPIC ? ResourceType.TOPIC : resourceType === CONFIG_OF_GROUP ? ResourceType.GROUP : ResourceType.CLUSTER

const may = (gate: Gate, operation: Operation, resource: Resource): boolean => {
  const type = typeOf(resource)
  return type === ResourceType.CLUSTER ? gate.mayOnCluster(operation) : gate.may(operation, type, resource.resourceName)
}

type ConfigApi = typeof describeConfigs | typeof alterConfigs | typeof incrementalAlterConfigs

/** One resource after the other, since each type has its own error. */
const eachResource = <A extends ConfigApi>(operation: Operation, answered: A extends typeof describeConfigs ? 'results' : 'responses') => guard<typeof alterConfigs>(async (request, context, handler, gate) => {
  const all: unknown[] = []
  for (const type of [ResourceType.TOPIC, ResourceType.GROUP, ResourceType.CLUSTER] as const) {
    const resources = request.resources.filter((resource) => typeOf(resource) === type)
    if (resources.length === 0) continue
    const list = answered as 'responses'
    const answer = await split<typeof alterConfigs, 'resources', 'responses'>({ asked: 'resources', answered: list }, { ...request, resources }, context, handler, refusalOf[type], (resource) => may(gate, operation, resource))
    all.push(...(answer?.[list] ?? []))
  }
  return { [answered]: all } as never
})

export const describeConfigsGuard = eachResource<typeof describeConfigs>(Operation.DESCRIBE_CONFIGS, 'results')
export const alterConfigsGuard = eachResource<typeof alterConfigs>(Operation.ALTER_CONFIGS, 'responses')
export const incrementalAlterConfigsGuard = eachResource<typeof incrementalAlterConfigs>(Operation.ALTER_CONFIGS, 'responses')

