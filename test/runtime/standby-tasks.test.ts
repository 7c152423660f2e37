import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { silentLogger } from '../../lib/core/log.ts'
import { TaskCorruptedError } from '../../lib/task/errors.ts'
import type { StandbyReader } from '../../lib/runtime/standby-reader.ts'
import { StandbyTasks } from '../../lib/runtime/standby-tasks.ts'
import type { TaskFactory } from '../../lib/runtime/task-factory.ts'
import type { StandbyTask } from '../../lib/task/standby-task.ts'
import { StateDirectory } from '../../lib/task/state-directory.ts'
import { taskId } from '../../lib/task/task-id.ts'

const id = taskId(0, 1)
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

/** The standbys of a thread, of which tasks and reader only write down what is asked of them. */
class Scene {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'millrace-standbys-'))
  readonly stateDirectory = new StateDirectory(this.directory, 'app')
  readonly heard: string[] = []
  readonly fatal: unknown[] = []
  readonly stores = {}
  made = 0
  readonly standbys: StandbyTasks

  constructor() {
    const { heard } = this
    const reader = {
      follow: async () => void heard.push('follow'),
      suspend: async (_id: unknown, reason: string) => void heard.push(`suspend ${reason}`),
    } as unknown as StandbyReader
    this.standbys = new StandbyTasks({
      factory: { createStandby: () => this.#task(++this.made) } as unknown as TaskFactory,
      reader,
      threadName: 'here',
      stateDirectory: this.stateDirectory,
      usesFiles: true,
      logger: silentLogger,
      onFatal: (error) => this.fatal.push(error),
    })
  }

  #task(number: number): StandbyTask {
    const { heard, stores } = this
    const task = {
      id,
      isOpen: false,
      open: async () => {
        task.isOpen = true
        heard.push(`open ${number}`)
      },
      commit: async () => void heard.push(`commit ${number}`),
      close: async () => {
        task.isOpen = false
        heard.push(`close ${number}`)
      },
      handOver: () => stores,
    }
    return task as unknown as StandbyTask
  }

  /** Whether another thread could take the task's directory. */
  get isLocked(): boolean {
    const isFree = this.stateDirectory.lock(id, 'there')
    if (isFree) this.stateDirectory.unlock(id, 'there')
    return !isFree
  }
}

describe('the standbys of a thread', () => {
  let scene: Scene
  beforeEach(() => {
    scene = new Scene()
  })
  afterEach(async () => {
    await scene.standbys.closeAll()
    rmSync(scene.directory, { recursive: true, force: true })
  })

  test('should be opened under a lock, and made durable when they go', async () => {
    scene.standbys.add('0_1', ['in'])
    await settled()
    expect(scene.isLocked).toBe(true)
    await scene.standbys.remove('0_1')
    expect(scene.heard).toEqual(['open 1', 'follow', 'suspend MIGRATED', 'commit 1', 'close 1'])
    expect(scene.isLocked).toBe(false)
    expect(scene.standbys.all()).toEqual([])
  })

  test('should wait for a directory that another thread has', async () => {
    scene.stateDirectory.lock(id, 'there')
    scene.standbys.add('0_1', ['in'])
    await settled()
    expect(scene.heard).toEqual([])
    scene.stateDirectory.unlock(id, 'there')
    while (!scene.heard.includes('follow')) await settled()
  })

  test('should hand their open stores over, with the lock, when they are promoted', async () => {
    scene.standbys.add('0_1', ['in'])
    await settled()
    expect(await scene.standbys.promote('0_1')).toBe(scene.stores)
    expect(scene.heard).toEqual(['open 1', 'follow', 'suspend PROMOTED'])
    expect(scene.isLocked).toBe(true)
    scene.stateDirectory.unlock(id, 'here')
  })

  test('should have nothing to hand over when they could not open yet', async () => {
    scene.stateDirectory.lock(id, 'there')
    scene.standbys.add('0_1', ['in'])
    expect(await scene.standbys.promote('0_1')).toBeUndefined()
    expect(await scene.standbys.promote('0_1')).toBeUndefined()
  })

  test('should begin anew, once, when several of their changelogs no longer have what comes next', async () => {
    scene.standbys.add('0_1', ['in'])
    await settled()
    scene.standbys.failed(id, new TaskCorruptedError('the offset is gone'))
    scene.standbys.failed(id, new TaskCorruptedError('this one too'))
    // its directory is deleted meanwhile
    while (scene.heard.length < 6) await settled()
    expect(scene.heard).toEqual(['open 1', 'follow', 'suspend MIGRATED', 'close 1', 'open 2', 'follow'])
    expect(scene.isLocked).toBe(true)
    expect(scene.fatal).toEqual([])
  })

  test('should end their thread when they fail otherwise', async () => {
    scene.standbys.add('0_1', ['in'])
    await settled()
    scene.standbys.failed(id, new Error('not authorized'))
    expect(scene.fatal).toEqual([expect.objectContaining({ message: 'not authorized' })])
  })
})
