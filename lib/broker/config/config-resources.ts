import { errorCodes } from '../../protocol/error-table.ts'
import type { Refusal } from '../topics/topic-creation.ts'
import type { RequestContext } from '../handlers/handler.ts'
import { journalKey } from '../storage/journal.ts'
import type { EffectiveValue } from './broker-config.ts'
import { brokerSettings } from './broker-settings.ts'
import { groupSettings } from './group-settings.ts'
import type { Setting } from './setting.ts'
import { listOf, SettingType, whyInvalid } from './setting.ts'
import { topicSettings } from './topic-settings.ts'

export const ResourceType = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8, GROUP: 32 } as const

const refuse = (error: number, message: string): Refusal => ({ error, message })

/** Something that has settings: a topic, or the broker. */
export interface ConfigResource {
  readonly settings: ReadonlyMap<string, Setting>
  /** What somebody set here; not its defaults. */
  readonly overrides: ReadonlyMap<string, string>
  effective(name: string): EffectiveValue
  apply(overrides: ReadonlyMap<string, string>): void
  /** Why settings that are good by themselves cannot be had together with others, or here. */
  whyOutOfBounds?(overrides: ReadonlyMap<string, string>): string | undefined
}

/** The resource of that type and name, or why there is none. An empty broker name stands for all brokers. */
export const findResource = (type: number, name: string, { broker, nodeId }: Pick<RequestContext, 'broker' | 'nodeId'>): ConfigResource | Refusal => {
  if (type === ResourceType.TOPIC) {
    const topic = broker.topics.get(name)
    if (topic === undefined) return refuse(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, `The topic '${name}' does not exist.`)
    return {
      settings: topicSettings,
      overrides: topic.configs,
      effective: (setting) => broker.config.topic(topic.configs, setting),
      apply: (overrides) => broker.topics.configure(topic, overrides),
    }
  }
  if (type === ResourceType.BROKER) {
    if (name !== '' && name !== String(nodeId)) return refuse(errorCodes.INVALID_REQUEST, `Unexpected broker id, expected ${nodeId}, but received ${name}`)
    return {
      settings: brokerSettings,
      overrides: broker.config.dynamic,
      effective: (setting) => broker.config.broker(setting),
      apply: (overrides) => {
        broker.config.dynamic.clear()
        for (const [setting, value] of overrides) broker.config.dynamic.set(setting, value)
        broker.topics.refreshConfigs()
        broker.journal.put(journalKey('config', 'broker'), Object.fromEntries(overrides))
      },
    }
  }
  if (type === ResourceType.GROUP) {
    if (name === '') return refuse(errorCodes.INVALID_REQUEST, 'Default group resources are not allowed.')
    const { configs } = broker.groups
    return {
      settings: groupSettings,
      overrides: configs.overrides(name),
      effective: (setting) => configs.effective(name, setting),
      apply: (overrides) => configs.apply(name, overrides),
      whyOutOfBounds: (overrides) => configs.whyOutOfBounds(overrides),
    }
  }
  return refuse(errorCodes.INVALID_REQUEST, `Unsupported resource type: ${type}`)
}

/** Whether a resource may have these settings; `undefined` when it may. */
export const whyNotApplicable = (resource: ConfigResource, overrides: ReadonlyMap<string, string>): Refusal | undefined => {
  for (const [name, value] of overrides) {
    const setting = resource.settings.get(name)
    if (setting === undefined) return refuse(errorCodes.INVALID_CONFIG, `Unknown config name: ${name}`)
    if (setting.readOnly && resource.overrides.get(name) !== value) return refuse(errorCodes.INVALID_REQUEST, `Cannot update these configs dynamically: ${name}`)
    const invalid = whyInvalid(setting, value)
    if (invalid !== undefined) return refuse(errorCodes.INVALID_CONFIG, invalid)
  }
  const outOfBounds = resource.whyOutOfBounds?.(overrides)
  return outOfBounds === undefined ? undefined : refuse(errorCodes.INVALID_CONFIG, outOfBounds)
}

export const ConfigOperation = { SET: 0, DELETE: 1, APPEND: 2, SUBTRACT: 3 } as const

/** One change of a setting. */
export interface ConfigChange {
  readonly name: string
  readonly configOperation: number
  readonly value: string | undefined
}

/** The settings of a resource after some changes, or why they cannot be made. */
export const changed = (resource: ConfigResource, changes: readonly ConfigChange[]): ReadonlyMap<string, string> | Refusal => {
  const overrides = new Map(resource.overrides)
  if (new Set(changes.map(({ name }) => name)).size < changes.length) return refuse(errorCodes.INVALID_REQUEST, 'a setting is named more than once')
  for (const { name, configOperation, value } of changes) {
    if (configOperation === ConfigOperation.DELETE) {
      overrides.delete(name)
      continue
    }
    if (value === undefined) return refuse(errorCodes.INVALID_REQUEST, `Null value not supported for : ${name}`)
    if (configOperation === ConfigOperation.SET) {
      overrides.set(name, value)
      continue
    }
    if (configOperation !== ConfigOperation.APPEND && configOperation !== ConfigOperation.SUBTRACT) return refuse(errorCodes.INVALID_REQUEST, `there is no operation ${configOperation}`)
    if (resource.settings.get(name)?.type !== SettingType.LIST) return refuse(errorCodes.INVALID_CONFIG, `Config value append is not allowed for config: ${name}`)
    const before = listOf(overrides.get(name) ?? resource.effective(name).value)
    const named = listOf(value)
    const after = configOperation === ConfigOperation.APPEND ? [...new Set([...before, ...named])] : before.filter((word) => !named.includes(word))
    overrides.set(name, after.join(','))
  }
  return overrides
}
