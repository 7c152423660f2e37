import { planPartitionCounts } from '../../../lib/runtime/topics/partition-counts.ts'
import { planTasks } from '../../../lib/runtime/topics/task-topics.ts'
import type { InternalTopicPlan, TopicGroup } from '../../../lib/runtime/topics/topic-groups.ts'

const repartition = (name: string, partitions?: number): InternalTopicPlan => ({
  name,
  kind: 'repartition',
  configs: {},
  partitions,
  retentionMs: undefined,
})

const group = (subtopology: number, sources: string[], sinks: string[] = [], own: InternalTopicPlan[] = []): TopicGroup => ({
  subtopology,
  sources: new Set([...sources, ...own.map(({ name }) => name)]),
  sinks: new Set(sinks),
  repartitions: new Map(own.map((plan) => [plan.name, plan])),
  changelogs: new Map(),
  isStateful: false,
})

describe('planPartitionCounts', () => {
  test('should follow a chain of repartition topics to the source', () => {
    const groups = [group(0, [], ['out'], [repartition('r2')]), group(1, [], ['r2'], [repartition('r1')]), group(2, ['in'], ['r1'])]
    const counts = planPartitionCounts(groups, [], new Map([['in', 3]]))
    expect(counts.get('r1')).toBe(3)
    expect(counts.get('r2')).toBe(3)
  })

  test('should keep the number a user gave and pass it on', () => {
    const groups = [group(0, ['in'], ['r1']), group(1, [], ['r2'], [repartition('r1', 7)]), group(2, [], [], [repartition('r2')])]
    const counts = planPartitionCounts(groups, [], new Map([['in', 3]]))
    expect([counts.get('r1'), counts.get('r2')]).toEqual([7, 7])
  })

  test('should give a repartition topic the number of the topic it is joined with', () => {
    const groups = [group(0, ['in'], ['r1']), group(1, ['table'], [], [repartition('r1')])]
    const counts = planPartitionCounts(groups, [new Set(['r1', 'table'])], new Map([['in', 2], ['table', 5]]))
    expect(counts.get('r1')).toBe(5)
  })

  test('should make joined repartition topics as large as the largest', () => {
    const groups = [group(0, ['a'], ['r1']), group(1, ['b'], ['r2']), group(2, [], [], [repartition('r1'), repartition('r2')])]
    const counts = planPartitionCounts(groups, [new Set(['r1', 'r2'])], new Map([['a', 2], ['b', 6]]))
    expect([counts.get('r1'), counts.get('r2')]).toEqual([6, 6])
  })

  test('should refuse joined topics of different sizes by name and number', () => {
    const groups = [group(0, ['a', 'b'])]
    expect(() => planPartitionCounts(groups, [new Set(['a', 'b'])], new Map([['a', 2], ['b', 4]]))).toThrow(
      'need the same number of partitions, but these differ: a (2), b (4)',
    )
  })

  test('should name the source topics that are missing', () => {
    expect(() => planPartitionCounts([group(0, ['here', 'gone', 'lost'])], [], new Map([['here', 1]]))).toThrow(
      "reads 'gone', 'lost', which the cluster does not have",
    )
  })

  test('should refuse repartition topics that only feed each other', () => {
    const groups = [group(0, [], ['r2'], [repartition('r1')]), group(1, [], ['r1'], [repartition('r2')])]
    expect(() => planPartitionCounts(groups, [], new Map())).toThrow('depend on each other')
  })
})

test('planTasks should make as many tasks as the largest source has partitions and leave out smaller topics', () => {
  const tasks = planTasks([group(0, ['a', 'b'])], new Map([['a', 2], ['b', 3]]))
  expect(tasks.map(({ id, topics }) => [id, topics])).toEqual([
    ['0_0', ['a', 'b']],
    ['0_1', ['a', 'b']],
    ['0_2', ['b']],
  ])
})
