import { setTimeout as pause } from 'node:timers/promises'
import type { ChildApp } from './child-app.ts'
import type { SmallDisk } from './small-disk.ts'

const MOST_PROCESSES = 3
/** So long a process may go on with a full disk. */
const FULL_DISK_MS = 15_000

/** Processes of an application, and what is around them. */
export interface Scene {
  readonly random: () => number
  readonly sessionTimeoutMs: number
  /** By state directory. */
  readonly living: Map<string, ChildApp>
  /** Stores are on disk. */
  readonly isOnDisk: boolean
  /** The stores of a process can be told to be slow. */
  readonly canBeSlow: boolean
  start(directory: string): void
  /** A state directory that no process has. */
  newDirectory(): string
  /** Undefined where that cannot be done. */
  readonly restartBroker?: (() => Promise<void>) | undefined
  readonly killBroker?: (() => Promise<void>) | undefined
  readonly disk?: SmallDisk | undefined
}

/** One thing that goes wrong, or changes, while an application runs. */
export interface Mischief {
  readonly name: string
  /** How often it is chosen, beside the others. */
  readonly weight: number
  isPossible(scene: Scene): boolean
  /** Resolves when it is over; with how it went, where that differs. */
  play(scene: Scene): Promise<string | void>
}

const anyProcess = ({ living, random }: Scene): [string, ChildApp] => {
  const chosen = [...living][Math.floor(random() * living.size)]
  if (chosen === undefined) throw new Error('no process is left')
  return chosen
}

const always = (): boolean => true

/** Ends one process; answers the directory of its state. */
const end = async (scene: Scene, signal: 'SIGKILL' | 'SIGTERM'): Promise<string> => {
  const [directory, child] = anyProcess(scene)
  await child.kill(signal)
  scene.living.delete(directory)
  return directory
}

const kill: Mischief = {
  name: 'kill -9',
  weight: 45,
  isPossible: always,
  async play(scene) {
    const directory = await end(scene, 'SIGKILL')
    scene.start(scene.random() < 0.6 ? directory : scene.newDirectory())
  },
}

const stop: Mischief = {
  name: 'stopped past the session',
  weight: 15,
  isPossible: always,
  async play(scene) {
    const [, child] = anyProcess(scene)
    child.signal('SIGSTOP')
    await pause(scene.sessionTimeoutMs + 1000 + scene.random() * 2000)
    child.signal('SIGCONT')
  },
}

const add: Mischief = {
  name: 'instance added',
  weight: 20,
  isPossible: ({ living }) => living.size < MOST_PROCESSES,
  async play(scene) {
    scene.start(scene.newDirectory())
  },
}

const remove: Mischief = {
  name: 'instance removed',
  weight: 15,
  isPossible: ({ living }) => living.size > 1,
  async play(scene) {
    await end(scene, 'SIGTERM')
  },
}

const changeThreads: Mischief = {
  name: 'thread added or removed',
  weight: 15,
  isPossible: always,
  async play(scene) {
    const [, child] = anyProcess(scene)
    child.tell(scene.random() < 0.6 ? 'add thread' : 'remove thread')
  },
}

const restartBroker: Mischief = {
  name: 'broker restarted',
  weight: 6,
  isPossible: ({ restartBroker }) => restartBroker !== undefined,
  play: async (scene) => scene.restartBroker?.(),
}

const killBroker: Mischief = {
  name: 'broker killed with -9',
  weight: 6,
  isPossible: ({ killBroker }) => killBroker !== undefined,
  play: async (scene) => scene.killBroker?.(),
}

const slowDisk: Mischief = {
  name: 'slow disk',
  weight: 12,
  isPossible: ({ canBeSlow }) => canBeSlow,
  async play(scene) {
    const [, child] = anyProcess(scene)
    child.tell(`slow disk ${100 + Math.floor(scene.random() * 900)}`)
    await pause(3000 + scene.random() * 4000)
    child.tell('slow disk 0')
  },
}

/** The process fails, or waits; when it has failed it starts again with room. */
const fullDisk: Mischief = {
  name: 'full disk',
  weight: 12,
  isPossible: ({ isOnDisk, disk, living }) => isOnDisk && disk !== undefined && living.has(disk.directory),
  async play({ disk, living, start }) {
    const child = disk && living.get(disk.directory)
    if (disk === undefined || child === undefined) return
    disk.fill()
    for (const end = Date.now() + FULL_DISK_MS; !child.hasEnded && Date.now() < end;) await pause(100)
    disk.free()
    // it may be about to fail
    if (!child.hasEnded) await pause(3000)
    if (!child.hasEnded) return 'went on'
    living.delete(disk.directory)
    start(disk.directory)
    return /no space left|the disk of .* is full/i.test(child.end) ? 'ended and said why' : child.end
  },
}

export const allMischief: readonly Mischief[] = [kill, stop, add, remove, changeThreads, restartBroker, killBroker, slowDisk, fullDisk]

/** What happens next. */
export const chooseMischief = (scene: Scene): Mischief => {
  const possible = allMischief.filter((mischief) => mischief.isPossible(scene))
  let left = scene.random() * possible.reduce((sum, { weight }) => sum + weight, 0)
  return possible.find(({ weight }) => (left -= weight) < 0) ?? kill
}
