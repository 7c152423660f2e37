import type { StreamsBuilder } from '../../../../dsl/streams-builder.ts'
import { StreamsBuilder as Builder } from '../../../../dsl/streams-builder.ts'
import type { StreamsConfigInput } from '../../../../topology/config.ts'
import { described, run, text } from '../../helpers.ts'

const all = { 'topology.optimization': 'all' }
const repartitions = (shown: string): number => shown.match(/topics: \[\S+-repartition\]/g)?.length ?? 0

describe('merge.repartition.topics', () => {
  const twice = (builder: StreamsBuilder): void => {
    const rekeyed = builder.stream('in', text).selectKey((_key, value) => value)
    rekeyed.groupByKey(text).count({ store: 'a' })
    rekeyed.filter(() => true).groupByKey(text).count({ store: 'b' })
  }

  test('should leave one repartition below a changed key, named after the first', () => {
    expect(repartitions(described(twice))).toBe(2)
    const shown = described(twice, all)
    expect(repartitions(shown)).toBe(1)
    expect(shown).toContain('Sink: a-repartition-sink (topic: a-repartition)')
  })

  test('should do so where two operators hang on the same branch, which Java refuses', () => {
    const shown = described((builder) => {
      const branch = builder.stream('in', text).selectKey((_key, value) => value).filter(() => true)
      branch.groupByKey(text).count({ store: 'a' })
      branch.groupByKey(text).count({ store: 'b' })
    }, all)
    expect(repartitions(shown)).toBe(1)
  })

  test('should not move a repartition above a change of the value', () => {
    const shown = described((builder) => {
      const mapped = builder.stream('in', text).selectKey((_key, value) => value).mapValues((value) => value)
      mapped.groupByKey(text).count({ store: 'a' })
      mapped.groupByKey(text).count({ store: 'b' })
    }, all)
    expect(repartitions(shown)).toBe(2)
  })

  test('should leave a repartition below process() where it is, since that counts as no change of the key', () => {
    const shown = described((builder) => {
      const processed = builder.stream('in', text).process<string, string>({ get: () => ({ process: () => undefined }) })
      processed.groupByKey(text).count({ store: 'a' })
      processed.groupByKey(text).count({ store: 'b' })
    }, all)
    expect(repartitions(shown)).toBe(2)
  })

  test('should keep what has to have equal numbers of partitions', () => {
    const builder = new Builder(all)
    const rekeyed = builder.stream('in', text).selectKey((_key, value) => value)
    rekeyed.groupByKey(text).count({ store: 'a' })
    rekeyed.join(builder.table('table', text), (left, right) => left + right, text)
    const groups = [...builder.build().internals.setApplicationId('app').topicGroups().values()].flatMap((group) => group.copartitionGroups)
    expect(groups).toContainEqual(new Set(['app-a-repartition', 'table']))
  })
})

describe('reuse.ktable.source.topics', () => {
  const changelogs = (config: StreamsConfigInput): string[] => {
    const builder = new Builder(config)
    builder.table('in', text, { store: 'rows' })
    const groups = builder.build().internals.setApplicationId('app').topicGroups()
    return [...groups.values()].flatMap((group) => [...group.stateChangelogTopics.keys()])
  }

  test('should make the source topic the changelog of the table', () => {
    expect(changelogs({})).toEqual(['app-rows-changelog'])
    expect(changelogs({ topologyOptimization: ['reuse.ktable.source.topics'] })).toEqual(['in'])
  })
})

test('every repartition above a left join should let records without a key pass, and others none', () => {
  const twice = (join: 'join' | 'leftJoin') =>
    run(
      (builder) => {
        const table = builder.table('rows', text)
        const repartitioned = builder.stream('in', text).repartition(text).filter(() => true).repartition(text)
        const joiner = (left: string, right: string | undefined): string => `${left}+${right}`
        const joined = join === 'join' ? repartitioned.join(table, joiner, text) : repartitioned.leftJoin(table, joiner, text)
        joined.to('out', text)
      },
      [['in', undefined, 'kept', 7]],
    )
  expect(twice('leftJoin')).toEqual([[undefined, 'kept+undefined', 7]])
  expect(twice('join')).toEqual([])
})
