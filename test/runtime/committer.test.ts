import { Committer } from '../../lib/runtime/committer.ts'
import type { ManagedTask } from '../../lib/runtime/managed-task.ts'
import type { OffsetCommits } from '../../lib/runtime/offset-commits.ts'
import { TaskMigratedError } from '../../lib/task/errors.ts'

interface FakeTask {
  readonly name: string
  readonly isDirty?: boolean
  readonly hasGivenUp?: boolean
}

let done: string[]
let result: () => Promise<boolean>

/** A task that says what is done with it. */
const managed = ({ name, isDirty = true, hasGivenUp = false }: FakeTask): ManagedTask =>
  ({
    settled: () => Promise.resolve(void done.push(`${name} settled`)),
    commitStores: () => void done.push(`${name} stores`),
    task: {
      hasGivenUp,
      commitNeeded: isDirty,
      commitRequested: false,
      times: { snapshot: () => new Map() },
      prepareCommit: () => void done.push(`${name} caches`),
      committableOffsets: () => [{ topic: name, partition: 0, offset: 5, partitionTime: 7 }],
    },
  }) as unknown as ManagedTask

const committer = (isExactlyOnce: boolean): Committer => {
  const commits: OffsetCommits = {
    isExactlyOnce,
    commit: (offsets) => {
      done.push(`commit ${[...offsets.keys()].join(' ')}`)
      return result()
    },
  }
  return new Committer({ commits, metrics: { committed: () => {} } })
}

beforeEach(() => {
  done = []
  result = () => Promise.resolve(true)
})

describe.each([true, false])('a committer (exactly once: %s)', (isExactlyOnce) => {
  test('should write stores only when the outputs and offsets of all tasks are committed', async () => {
    const committed = await committer(isExactlyOnce).commit([managed({ name: 'a' }), managed({ name: 'b' }), managed({ name: 'c', isDirty: false })])
    expect(done).toEqual(['a settled', 'a caches', 'b settled', 'b caches', 'commit a-0 b-0', 'a stores', 'b stores'])
    expect(committed).toEqual(new Map([['a-0', 5], ['b-0', 5]]))
  })

  test('should not touch the stores when the commit fails', async () => {
    result = () => Promise.reject(new TaskMigratedError('lost'))
    await expect(committer(isExactlyOnce).commit([managed({ name: 'a' })])).rejects.toThrow('lost')
    expect(done.at(-1)).toBe('commit a-0')
  })

  test('should not touch the stores when the commit has to be tried again', async () => {
    result = () => Promise.resolve(false)
    expect(await committer(isExactlyOnce).commit([managed({ name: 'a' })])).toBeUndefined()
    expect(done.at(-1)).toBe('commit a-0')
  })

  test('should ask nobody when there is nothing to commit', async () => {
    expect(await committer(isExactlyOnce).commit([managed({ name: 'a', isDirty: false })])).toEqual(new Map())
    expect(done).toEqual([])
  })
})

test('a committer that works exactly once should commit nothing when one of the tasks has given up half done', async () => {
  const tasks = [managed({ name: 'a' }), managed({ name: 'b', isDirty: false, hasGivenUp: true })]
  await expect(committer(true).commit(tasks)).rejects.toThrow(TaskMigratedError)
  expect(done).toEqual([])
  await committer(false).commit(tasks)
  expect(done.at(-1)).toBe('a stores')
})
