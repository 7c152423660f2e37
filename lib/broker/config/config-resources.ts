import { errorCodes } from '../../protocol/error-table.ts'
import type { Refusal } from '../topics/topic-creation.ts'
import type { BrokerState } from '../broker-state.ts'
import type { RequestContext } from '../handlers/handler.ts'
import { whyInvalidTopicName } from '../topics/topic-name.ts'
import { ConfigSource, MIN_ISR } from './broker-config.ts'
import type { EffectiveValue } from './broker-config.ts'
import { brokerSettings } from './broker-settings.ts'
import { clientMetricsOf, clientMetricsSettings } from './client-metrics.ts'
import { groupSettings } from './group-settings.ts'
import type { Setting } from './setting.ts'
import { listOf, SettingType, whyInvalid } from './setting.ts'
import { toldBrokerSettings } from './told-settings.ts'
import { topicSettings } from './topic-settings.ts'

export const ResourceType = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8, CLIENT_METRICS: 16, GROUP: 32 } as const

/** All settings of a broker, whether anything acts on them or not. */
const allBrokerSettings: ReadonlyMap<string, Setting> = new Map(
  [...brokerSettings.values(), ...toldBrokerSettings].sort((a, b) => (a.name < b.name ? -1 : 1)).map((setting) => [setting.name, setting]),
)

/** Log levels can be set, as admins expect; what is logged is for the one who started the broker to say. */
const loggerSettings: ReadonlyMap<string, Setting> = new Map([
  ['root', { name: 'root', type: SettingType.UNKNOWN, default: 'INFO', oneOf: ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE'] }],
])

const ofAllBrokers = (name: string, value: string): EffectiveValue => ({
  value, source: ConfigSource.DYNAMIC_DEFAULT_BROKER, synonyms: [{ name, value, source: ConfigSource.DYNAMIC_DEFAULT_BROKER }],
})

const addressesOf = ({ listeners }: BrokerState, nodeId: number, advertised: boolean): EffectiveValue => {
  const value = listeners.filter((listener) => listener.nodeId === nodeId).map((listener) => {
    const { host, port } = advertised ? listener.addressFor(undefined) : listener
    return `${listener.name}://${host.includes(':') ? `[${host}]` : host}:${port}`
  }).join(',')
  return { value, source: ConfigSource.STATIC_BROKER, synonyms: [] }
}

const refuse = (error: number, message: string): Refusal => ({ error, message })

/** Something that has settings: a topic, or the broker. */
export interface ConfigResource {
  readonly settings: ReadonlyMap<string, Setting>
  /** What somebody set here; not its defaults. */
  readonly overrides: ReadonlyMap<string, string>
  effective(name: string): EffectiveValue
  apply(overrides: ReadonlyMap<string, string>): void
  /** What is told of it, if not all. */
  readonly shown?: ReadonlyMap<string, string>
  /** The error of a bad value. @default INVALID_CONFIG */
  readonly invalid?: number
  /** The error of an unknown name. @default INVALID_CONFIG */
  readonly unknown?: number
  /** Whether lists are only set as a whole. */
  readonly wholeLists?: true
  /** Why a setting may not be set, or not be taken away, whatever its value. */
  whyFixed?(name: string, isRemoved: boolean): Refusal | undefined
  /** Why settings that are good by themselves cannot be had together with others, or here. */
  whyOutOfBounds?(overrides: ReadonlyMap<string, string>): Refusal | undefined
}

/** The resource of that type and name, or why there is none. An empty broker name stands for all brokers. */
export const findResource = (type: number, name: string, { broker, nodeId }: Pick<RequestContext, 'broker' | 'nodeId'>): ConfigResource | Refusal => {
  if (type === ResourceType.TOPIC) {
    const topic = broker.topics.get(name)
    if (topic === undefined && whyInvalidTopicName(name) !== undefined) return refuse(errorCodes.INVALID_TOPIC_EXCEPTION, whyInvalidTopicName(name)!)
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
    const owner = name === '' ? undefined : nodeId
    const overrides = broker.config.dynamic(owner)
    return {
      settings: allBrokerSettings,
      overrides,
      // Of all brokers together only what admins set is known.
      ...(owner === undefined ? { shown: overrides } : {}),
      invalid: errorCodes.INVALID_REQUEST,
      effective: (setting) => {
        if (owner === undefined) return ofAllBrokers(setting, overrides.get(setting) ?? broker.config.text(setting))
        return setting === 'listeners' || setting === 'advertised.listeners' ? addressesOf(broker, nodeId, setting !== 'listeners') : broker.config.broker(setting, nodeId, allBrokerSettings.get(setting))
      },
      whyFixed: (setting, isRemoved) => {
        if (setting !== MIN_ISR || broker.features.level('eligible.leader.replicas.version') === 0) return undefined
        if (owner !== undefined) return refuse(errorCodes.INVALID_CONFIG, `Broker-level ${MIN_ISR} cannot be altered while ELR is enabled.`)
        return isRemoved ? refuse(errorCodes.INVALID_CONFIG, `Cluster-level ${MIN_ISR} cannot be removed while ELR is enabled.`) : undefined
      },
      apply: (changedOverrides) => {
        broker.config.setDynamic(owner, changedOverrides)
        broker.topics.refreshConfigs()
      },
    }
  }
  if (type === ResourceType.BROKER_LOGGER) {
    if (name !== String(nodeId)) return refuse(errorCodes.INVALID_REQUEST, `Unexpected broker id, expected ${nodeId}, but received ${name}`)
    return {
      settings: loggerSettings,
      overrides: broker.config.loggers,
      effective: (setting) => ({ value: broker.config.loggers.get(setting) ?? loggerSettings.get(setting)!.default, source: ConfigSource.BROKER_LOGGER, synonyms: [] }),
      apply: (changedOverrides) => {
        broker.config.loggers = changedOverrides
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
      whyOutOfBounds: (overrides) => {
        const reason = configs.whyOutOfBounds(overrides)
        return reason === undefined ? undefined : refuse(errorCodes.INVALID_CONFIG, reason)
      },
    }
  }
  if (type === ResourceType.CLIENT_METRICS) {
    if (name === '') return refuse(errorCodes.INVALID_REQUEST, 'Client metrics subscription name must not be empty')
    const clientMetrics = clientMetricsOf(broker)
    return {
      settings: clientMetricsSettings,
      overrides: clientMetrics.overrides(name),
      unknown: errorCodes.INVALID_REQUEST,
      wholeLists: true,
      effective: (setting) => clientMetrics.effective(name, setting),
      apply: (overrides) => clientMetrics.apply(name, overrides),
      whyOutOfBounds: (overrides) => clientMetrics.whyOutOfBounds(overrides),
    }
  }
  return refuse(errorCodes.INVALID_REQUEST, `Unsupported resource type: ${type}`)
}

/** Whether a resource may have these settings; `undefined` when it may. */
export const whyNotApplicable = (resource: ConfigResource, overrides: ReadonlyMap<string, string>): Refusal | undefined => {
  for (const [name, value] of overrides) {
    const setting = resource.settings.get(name)
    if (setting === undefined) return refuse(resource.unknown ?? errorCodes.INVALID_CONFIG, `Unknown config name: ${name}`)
    if (setting.readOnly && resource.overrides.get(name) !== value) return refuse(errorCodes.INVALID_REQUEST, `Cannot update these configs dynamically: ${name}`)
    const invalid = whyInvalid(setting, value)
    if (invalid !== undefined) return refuse(resource.invalid ?? errorCodes.INVALID_CONFIG, invalid)
  }
  return resource.whyOutOfBounds?.(overrides)
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
    const fixed = resource.whyFixed?.(name, configOperation === ConfigOperation.DELETE)
    if (fixed !== undefined) return fixed
    if (configOperation === ConfigOperation.DELETE) {
      overrides.delete(name)
      continue
    }
    if (value === undefined) return refuse(errorCodes.INVALID_REQUEST, `Null value not supported for : ${name}`)
    if (configOperation === ConfigOperation.SET) {
      overrides.set(name, value)
      continue
    }
    if (configOperation !== ConfigOperation.APPEND && configOperation !== ConfigOperation.SUBTRACT) return refuse(errorCodes.UNKNOWN_SERVER_ERROR, `there is no operation ${configOperation}`)
    if (resource.wholeLists || resource.settings.get(name)?.type !== SettingType.LIST) return refuse(errorCodes.INVALID_CONFIG, `Config value append is not allowed for config: ${name}`)
    const before = listOf(overrides.get(name) ?? resource.effective(name).value)
    const named = listOf(value)
    const after = configOperation === ConfigOperation.APPEND ? [...new Set([...before, ...named])] : before.filter((word) => !named.includes(word))
    overrides.set(name, after.join(','))
  }
  return overrides
}
