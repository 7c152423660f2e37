import { alterConfigs, describeConfigs, incrementalAlterConfigs } from '../../../../lib/protocol/index.ts'
import type { RequestInput } from '../../../../lib/protocol/index.ts'
import { keptSettings } from '../../../../lib/broker/config/kept-settings.ts'
import { isRealKafka } from '../../helpers/broker-under-test.ts'
import type { Case, Conversation } from '../conversation.ts'

const TOPIC = 2
const BROKER = 4
const LOGGER = 8
const GROUP = 32
const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3

type Describe = RequestInput<typeof describeConfigs>['resources'][number]
type Change = RequestInput<typeof incrementalAlterConfigs>['resources'][number]['configs'][number]

const describe = (talk: Conversation, resource: Describe, note: string, options: Partial<RequestInput<typeof describeConfigs>> & { version?: number } = {}) => {
  const { version = 4, ...rest } = options
  return talk.ask(describeConfigs, version, { resources: [resource], ...rest }, note)
}

const alter = async (talk: Conversation, resourceType: number, resourceName: string, configs: readonly Change[], note: string, validateOnly = false): Promise<void> => {
  await talk.ask(incrementalAlterConfigs, 1, { resources: [{ resourceType, resourceName, configs }], validateOnly }, note)
  // A cluster needs a moment to act on what it agreed to.
  if (isRealKafka && !validateOnly) await new Promise((resolve) => setTimeout(resolve, 300))
}

const set = (name: string, value: string | undefined, configOperation = SET): Change => ({ name, configOperation, value })

export const configCases: readonly Case[] = [
  {
    name: 'DescribeConfigs of topics',
    run: async (talk) => {
      const { name } = await talk.topic(1, { 'retention.ms': '1234' })
      const keys = ['retention.ms', 'cleanup.policy', 'max.message.bytes', 'remote.storage.enable']
      for (let version = 1; version <= 4; version++) {
        await describe(talk, { resourceType: TOPIC, resourceName: name, configurationKeys: keys }, '', { version })
        await describe(talk, { resourceType: TOPIC, resourceName: name, configurationKeys: keys.slice(0, 2) }, 'with synonyms', { version, includeSynonyms: true })
      }
      await describe(talk, { resourceType: TOPIC, resourceName: name, configurationKeys: ['no.such.setting'] }, 'of an unknown setting')
      await describe(talk, { resourceType: TOPIC, resourceName: 'no-such-topic', configurationKeys: keys }, 'of an unknown topic')
      await describe(talk, { resourceType: TOPIC, resourceName: 'a b', configurationKeys: keys }, 'of a bad name')
      await describe(talk, { resourceType: TOPIC, resourceName: '', configurationKeys: keys }, 'of no name')
      await talk.ask(describeConfigs, 4, { resources: [] }, 'of nothing')
    },
  },
  {
    name: 'all settings of a topic',
    run: async (talk) => {
      const { name } = await talk.topic()
      const client = await talk.client()
      const { results } = await client.request(describeConfigs, 4, { resources: [{ resourceType: TOPIC, resourceName: name, configurationKeys: undefined }], includeSynonyms: false })
      // Where brokers are started otherwise, a setting may come from there.
      const shown = results[0]!.configs.map(({ name: setting, value, configType, isSensitive, readOnly }) => [setting, value, configType, isSensitive, readOnly] as const)
      talk.exchanges.push(...shown.sort(([a], [b]) => (a < b ? -1 : 1)).map(([setting, ...answer]) => ({ asked: setting, answer })))
    },
  },
  {
    name: 'DescribeConfigs of brokers, loggers and groups',
    run: async (talk) => {
      const keys = ['log.retention.ms', 'num.partitions', 'log.cleanup.policy', 'auto.create.topics.enable', 'message.max.bytes']
      await describe(talk, { resourceType: BROKER, resourceName: '1', configurationKeys: ['log.cleanup.policy', 'message.max.bytes'] }, '', { includeSynonyms: true })
      await describe(talk, { resourceType: BROKER, resourceName: '', configurationKeys: keys }, 'of all')
      await describe(talk, { resourceType: BROKER, resourceName: '77', configurationKeys: keys }, 'of an unknown one')
      await describe(talk, { resourceType: BROKER, resourceName: 'x', configurationKeys: keys }, 'of no number')
      await describe(talk, { resourceType: LOGGER, resourceName: '', configurationKeys: ['kafka'] }, 'of no logger')
      await describe(talk, { resourceType: LOGGER, resourceName: '77', configurationKeys: ['kafka'] }, 'of an unknown logger')
      await describe(talk, { resourceType: LOGGER, resourceName: '1', configurationKeys: ['no.such.logger'] }, 'of the logger')
      await describe(talk, { resourceType: 77, resourceName: 'x', configurationKeys: undefined }, 'of an unknown type')
      await describe(talk, { resourceType: 0, resourceName: 'x', configurationKeys: undefined }, 'of no type')
      await describe(talk, { resourceType: 16, resourceName: '', configurationKeys: undefined }, 'of unnamed metrics')
      await describe(talk, { resourceType: GROUP, resourceName: '', configurationKeys: undefined }, 'of no group')
      await describe(talk, { resourceType: GROUP, resourceName: 'no-such-group', configurationKeys: ['consumer.session.timeout.ms', 'streams.num.standby.replicas'] }, 'of a group', { includeSynonyms: true })
    },
  },
  {
    name: 'IncrementalAlterConfigs of topics',
    run: async (talk) => {
      const { name } = await talk.topic()
      const topic = (configs: readonly Change[], note: string, validateOnly = false): Promise<void> => alter(talk, TOPIC, name, configs, note, validateOnly)
      const show = (note: string) => describe(talk, { resourceType: TOPIC, resourceName: name, configurationKeys: ['retention.ms', 'cleanup.policy'] }, note, { includeSynonyms: true })
      await topic([set('retention.ms', '1000')], 'set')
      await show('after it was set')
      await topic([set('cleanup.policy', 'compact', APPEND)], 'append')
      await show('after an append')
      await topic([set('cleanup.policy', 'compact', APPEND)], 'append what is there')
      await topic([set('cleanup.policy', 'delete', SUBTRACT)], 'subtract')
      await topic([set('cleanup.policy', 'nothing', SUBTRACT)], 'subtract what is not there')
      await show('after subtracting')
      await topic([set('retention.ms', undefined, DELETE), set('cleanup.policy', undefined, DELETE)], 'delete')
      await show('after deleting')
      await topic([set('retention.ms', undefined, DELETE)], 'delete what is not there')
      await topic([set('retention.ms', 'soon')], 'a bad value')
      await topic([set('retention.ms', '-5')], 'a value out of range')
      await topic([set('retention.ms', '')], 'an empty value')
      await topic([set('retention.ms', undefined)], 'no value')
      await topic([set('retention.ms', '1', APPEND)], 'append to what is no list')
      await topic([set('retention.ms', '1', 7)], 'an unknown operation')
      await topic([set('cleanup.policy', 'burn', APPEND)], 'append a bad word')
      await topic([set('no.such.setting', '1')], 'an unknown setting')
      await topic([set('no.such.setting', undefined, DELETE)], 'delete an unknown setting')
      await topic([set('', '1')], 'no setting')
      await topic([set('retention.ms', '1'), set('retention.ms', '2')], 'a setting twice')
      await topic([set('retention.ms', '5')], 'checked', true)
      await topic([], 'nothing')
      await alter(talk, TOPIC, 'no-such-topic', [set('retention.ms', '1')], 'of an unknown topic')
      await alter(talk, TOPIC, 'a b', [set('retention.ms', '1')], 'of a bad name')
      await alter(talk, TOPIC, '', [set('retention.ms', '1')], 'of no name')
      const twice = { resourceType: TOPIC, resourceName: name, configs: [set('retention.ms', '1')] }
      await talk.ask(incrementalAlterConfigs, 1, { resources: [twice, twice], validateOnly: true }, 'a topic twice')
      await talk.ask(incrementalAlterConfigs, 0, { resources: [], validateOnly: false }, 'of nothing')
    },
  },
  {
    name: 'IncrementalAlterConfigs of brokers, loggers and groups',
    run: async (talk) => {
      const group = talk.name('group')
      await alter(talk, BROKER, '1', [set('log.retention.ms', 'soon')], 'a bad value', true)
      await alter(talk, BROKER, '1', [set('node.id', '5')], 'what cannot be changed', true)
      await alter(talk, BROKER, '77', [set('log.retention.ms', '1000')], 'of an unknown one', true)
      await alter(talk, BROKER, 'x', [set('log.retention.ms', '1000')], 'of no number', true)
      await alter(talk, BROKER, '1', [set('log.retention.ms', '5000')], 'checked', true)
      await alter(talk, LOGGER, '1', [set('kafka', 'LOUD')], 'a bad level', true)
      await alter(talk, LOGGER, '77', [set('kafka', 'INFO')], 'of an unknown logger', true)
      await alter(talk, 77, 'x', [set('a', 'b')], 'of an unknown type', true)
      await alter(talk, GROUP, '', [set('consumer.session.timeout.ms', '45000')], 'of no group', true)
      await alter(talk, GROUP, group, [set('consumer.session.timeout.ms', '1')], 'below what is allowed', true)
      await alter(talk, GROUP, group, [set('consumer.session.timeout.ms', 'soon')], 'a bad value', true)
      await alter(talk, GROUP, group, [set('no.such.setting', '1')], 'an unknown setting', true)
      await alter(talk, GROUP, group, [set('consumer.session.timeout.ms', '50000')], 'of a group')
      await describe(talk, { resourceType: GROUP, resourceName: group, configurationKeys: ['consumer.session.timeout.ms'] }, 'of a group that has its own')
      await alter(talk, GROUP, group, [set('consumer.session.timeout.ms', undefined, DELETE)], 'away with it')
    },
  },
  {
    name: 'dynamic settings of brokers',
    run: async (talk) => {
      const show = (resourceName: string, note: string) => describe(talk, { resourceType: BROKER, resourceName, configurationKeys: ['log.cleaner.delete.retention.ms'] }, note, { includeSynonyms: true })
      const topic = await talk.topic()
      await alter(talk, BROKER, '', [set('log.cleaner.delete.retention.ms', '111')], 'for all')
      await show('1', 'of one')
      await show('', 'of all')
      await alter(talk, BROKER, '1', [set('log.cleaner.delete.retention.ms', '222')], 'for one')
      await show('1', 'of one')
      await show('', 'of all')
      await describe(talk, { resourceType: TOPIC, resourceName: topic.name, configurationKeys: ['delete.retention.ms'] }, 'of a topic', { includeSynonyms: true })
      await alter(talk, BROKER, '1', [set('log.cleaner.delete.retention.ms', undefined, DELETE)], 'no more for one')
      await alter(talk, BROKER, '', [set('log.cleaner.delete.retention.ms', undefined, DELETE)], 'no more for all')
      await show('1', 'of one')
    },
  },
  {
    name: 'what is told of settings',
    run: async (talk) => {
      const client = await talk.client()
      const tell = async (resourceType: number, resourceName: string, names: readonly string[] | undefined): Promise<void> => {
        const resources = [{ resourceType, resourceName, configurationKeys: names }]
        const { results } = await client.request(describeConfigs, 4, { resources, includeSynonyms: false, includeDocumentation: true })
        const shown = results[0]!.configs.map(({ name, configType, isSensitive, readOnly, documentation }) => [name, configType, isSensitive, readOnly, documentation !== undefined && documentation !== ''] as const)
        talk.exchanges.push(...shown.sort(([a], [b]) => (a < b ? -1 : 1)).map(([asked, ...answer]) => ({ asked, answer })))
      }
      await tell(TOPIC, (await talk.topic()).name, undefined)
      await tell(GROUP, talk.name('group'), undefined)
      await tell(BROKER, '1', [...keptSettings.map(({ name }) => name), 'group.share.delivery.count.limit', 'log.cleaner.backoff.ms', 'log.dirs', 'log.retention.hours', 'log.retention.minutes', 'log.retention.ms', 'num.partitions'])
      const unset = ['log.flush.interval.ms', 'log.retention.minutes', 'log.retention.ms', 'log.roll.jitter.ms', 'log.roll.ms']
      await describe(talk, { resourceType: BROKER, resourceName: '1', configurationKeys: unset }, 'without a value', { includeSynonyms: true })
      await describe(talk, { resourceType: BROKER, resourceName: '1', configurationKeys: ['log.retention.hours', 'offsets.topic.segment.bytes', 'replica.lag.time.max.ms'] }, 'with one')
      await describe(talk, { resourceType: GROUP, resourceName: talk.name('group'), configurationKeys: ['share.delivery.count.limit', 'share.partition.max.record.locks', 'share.renew.acknowledge.enable'] }, 'of share groups', { includeSynonyms: true })
    },
  },
  {
    name: 'settings that admins may change',
    run: async (talk) => {
      const group = talk.name('group')
      const broker = (configs: readonly Change[], note: string): Promise<void> => alter(talk, BROKER, '1', configs, note, true)
      for (const name of ['log.cleaner.backoff.ms', 'log.cleaner.threads', 'max.connection.creation.rate']) await broker([set(name, '1')], name)
      await broker([set('num.io.threads', '5')], 'num.io.threads')
      for (const name of ['log.retention.hours', 'offsets.topic.num.partitions', 'queued.max.requests']) await broker([set(name, '1')], name)
      for (const value of ['1', '7', '50', 'many']) await alter(talk, GROUP, group, [set('share.delivery.count.limit', value)], `${value} deliveries`, true)
      for (const value of ['1', '700', '5000']) await alter(talk, GROUP, group, [set('share.partition.max.record.locks', value)], `${value} locks`, true)
      for (const value of ['true', 'false', 'maybe']) await alter(talk, GROUP, group, [set('share.renew.acknowledge.enable', value)], `renewals ${value}`, true)
      for (const value of ['0', '700', '50000']) await alter(talk, GROUP, group, [set('share.assignment.interval.ms', value)], `assignments each ${value} ms`, true)
      for (const name of ['root', 'ROOT', 'Root']) await alter(talk, LOGGER, '1', [set(name, 'INFO')], `the level of ${name}`, true)
      await describe(talk, { resourceType: LOGGER, resourceName: '1', configurationKeys: ['ROOT'] }, 'of the logger in large letters')
    },
  },
  {
    name: 'AlterConfigs',
    run: async (talk) => {
      const { name } = await talk.topic(1, { 'retention.ms': '1000' })
      const replace = async (configs: RequestInput<typeof alterConfigs>['resources'][number]['configs'], note: string, version = 2, validateOnly = false): Promise<void> => {
        await talk.ask(alterConfigs, version, { resources: [{ resourceType: TOPIC, resourceName: name, configs }], validateOnly }, note)
        if (isRealKafka) await new Promise((resolve) => setTimeout(resolve, 300))
      }
      for (const version of [0, 1, 2]) await replace([{ name: 'segment.ms', value: '5000' }], 'checked', version, true)
      await replace([{ name: 'segment.ms', value: '5000' }], 'replaced')
      await describe(talk, { resourceType: TOPIC, resourceName: name, configurationKeys: ['retention.ms', 'segment.ms'] }, 'after it was replaced')
      await replace([{ name: 'segment.ms', value: undefined }], 'no value')
      await replace([{ name: 'segment.ms', value: 'x' }], 'a bad value')
      await replace([{ name: 'no.such.setting', value: '1' }], 'an unknown setting')
      await replace([{ name: 'segment.ms', value: '1' }, { name: 'segment.ms', value: '2' }], 'a setting twice')
      await replace([], 'nothing')
      await talk.ask(alterConfigs, 2, { resources: [{ resourceType: TOPIC, resourceName: 'no-such-topic', configs: [] }], validateOnly: false }, 'of an unknown topic')
      await talk.ask(alterConfigs, 2, { resources: [{ resourceType: 77, resourceName: 'x', configs: [] }], validateOnly: false }, 'of an unknown type')
      await talk.ask(alterConfigs, 2, { resources: [{ resourceType: BROKER, resourceName: '77', configs: [] }], validateOnly: true }, 'of an unknown broker')
    },
  },
]
