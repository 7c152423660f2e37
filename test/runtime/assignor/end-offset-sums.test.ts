import type { ClusterAdmin } from '../../../lib/client/types.ts'
import { endOffsetSums } from '../../../lib/runtime/assignor/end-offset-sums.ts'
import type { TaskInfo } from '../../../lib/runtime/assignor/task-assignor.ts'

const partition = (topic: string, isSource: boolean, isChangelog: boolean): TaskInfo['topicPartitions'][number] => ({ topic, partition: 1, isSource, isChangelog, rackIds: undefined })

test('the ends of changelogs should be summed up by task, those of source topics as far as the group has committed', async () => {
  const asked: string[] = []
  const admin = {
    listOffsets: (list: readonly { topic: string }[]) => {
      asked.push(...list.map(({ topic }) => topic))
      return Promise.resolve(new Map([['a-1', { offset: 10 }], ['b-1', { offset: 5 }]]))
    },
    listGroupOffsets: (group: string, list: readonly { topic: string }[]) => {
      asked.push(...list.map(({ topic }) => `${topic} of ${group}`))
      return Promise.resolve(new Map([['table-1', { offset: 7 }]]))
    },
  } as unknown as ClusterAdmin
  const task = (id: string, isStateful: boolean, topicPartitions: TaskInfo['topicPartitions']): TaskInfo => ({ id, isStateful, stateStoreNames: new Set(), topicPartitions })
  const sums = await endOffsetSums(admin, 'app', [
    task('0_1', true, [partition('in', true, false), partition('a', false, true), partition('b', false, true)]),
    task('1_1', true, [partition('table', true, true)]),
    task('2_1', true, [partition('fresh', true, true)]),
    task('3_1', false, [partition('in', true, false)]),
  ])
  expect([...sums]).toEqual([['0_1', 15], ['1_1', 7], ['2_1', 0]])
  expect(asked).toEqual(['a', 'b', 'table of app', 'fresh of app'])
})
