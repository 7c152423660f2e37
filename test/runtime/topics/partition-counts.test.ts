import { planPartitionCounts } from '../../../lib/runtime/topics/partition-counts.ts'
import { planTasks } from '../../../lib/runtime/topics/task-topics.ts'
import { repartitionTopic } from '../../../topology/internals/internal-topics.ts'
import type { TopicGroup } from '../../../topology/internals/processor-topology.ts'

const repartition = (name: string, partitions?: number) => repartitionTopic(name, { partitions })

const group = (sources: string[], sinks: string[] = [], own: ReturnType<typeof repartition>[] = [], together: string[][] = []): TopicGroup => ({
  sourceTopics: new Set([...sources, ...own.map(({ name }) => name)]),
  sinkTopics: new Set(sinks),
  repartitionSourceTopics: new Map(own.map((plan) => [plan.name, plan])),
  stateChangelogTopics: new Map(),
  copartitionGroups: together.map((topics) => new Set(topics)),
})

const numbered = (...groups: TopicGroup[]): Map<number, TopicGroup> => new Map(groups.entries())

describe('planPartitionCounts', () => {
  test('should follow a chain of repartition topics to the source', () => {
    const groups = numbered(group([], ['out'], [repartition('r2')]), group([], ['r2'], [repartition('r1')]), group(['in'], ['r1']))
    const counts = planPartitionCounts(groups, new Map([['in', 3]]))
    expect(counts.get('r1')).toBe(3)
    expect(counts.get('r2')).toBe(3)
  })

  test('should keep the number a user gave and pass it on', () => {
    const groups = numbered(group(['in'], ['r1']), group([], ['r2'], [repartition('r1', 7)]), group([], [], [repartition('r2')]))
    const counts = planPartitionCounts(groups, new Map([['in', 3]]))
    expect([counts.get('r1'), counts.get('r2')]).toEqual([7, 7])
  })

  test('should give a repartition topic the number of the topic it is joined with', () => {
    const groups = numbered(group(['in'], ['r1']), group(['table'], [], [repartition('r1')], [['r1', 'table']]))
    const counts = planPartitionCounts(groups, new Map([['in', 2], ['table', 5]]))
    expect(counts.get('r1')).toBe(5)
  })

  test('should make joined repartition topics as large as the largest', () => {
    const groups = numbered(group(['a'], ['r1']), group(['b'], ['r2']), group([], [], [repartition('r1'), repartition('r2')], [['r1', 'r2']]))
    const counts = planPartitionCounts(groups, new Map([['a', 2], ['b', 6]]))
    expect([counts.get('r1'), counts.get('r2')]).toEqual([6, 6])
  })

  test('should refuse joined topics of different sizes by name and number', () => {
    const groups = numbered(group(['a', 'b'], [], [], [['a', 'b']]))
    expect(() => planPartitionCounts(groups, new Map([['a', 2], ['b', 4]]))).toThrow(
      'need the same number of partitions, but these differ: a (2), b (4)',
    )
  })

  test('should name the source topics that are missing', () => {
    expect(() => planPartitionCounts(numbered(group(['here', 'gone', 'lost'])), new Map([['here', 1]]))).toThrow(
      "reads 'gone', 'lost', which the cluster does not have",
    )
  })

  test('should give the topics of a foreign-key join the numbers of the tables that read them', () => {
    const left = group(['left'], ['subscriptions', 'r1'], [repartition('answers')], [['left', 'answers']])
    const right = group(['right'], ['answers'], [repartition('subscriptions')], [['right', 'subscriptions']])
    const counts = planPartitionCounts(numbered(left, right, group([], [], [repartition('r1')])), new Map([['left', 3], ['right', 5]]))
    expect([counts.get('subscriptions'), counts.get('answers'), counts.get('r1')]).toEqual([5, 3, 5])
  })

  test('should refuse repartition topics that only feed each other', () => {
    const groups = numbered(group([], ['r2'], [repartition('r1')]), group([], ['r1'], [repartition('r2')]))
    expect(() => planPartitionCounts(groups, new Map())).toThrow('depend on each other')
  })
})

test('planTasks should make as many tasks as the largest source has partitions and leave out smaller topics', () => {
  const tasks = planTasks(numbered(group(['a', 'b'])), new Map([['a', 2], ['b', 3]]))
  expect(tasks.map(({ id, topics }) => [id, topics])).toEqual([
    ['0_0', ['a', 'b']],
    ['0_1', ['a', 'b']],
    ['0_2', ['b']],
  ])
})
