import path from 'node:path'
import type { Engine, PersistentEngineName } from './engine.ts'

/** A share of an environment. */
export interface EngineLease {
  readonly engine: Engine
  /** Closes the environment when this was the last share of it. */
  release(): Promise<void>
}

interface Shared {
  readonly opened: Promise<Engine>
  shares: number
}

const shared = new Map<string, Shared>()
/** Environments on their way out, which must be closed before the directory is opened again. */
const closing = new Map<string, Promise<void>>()

/** Native code takes 15 to 30 ms to load: only those pay for it that have files. */
const openers: Record<PersistentEngineName, (directory: string) => Promise<Engine>> = {
  leveldb: async (directory) => (await import('./leveldb.ts')).LevelEngine.open(directory),
  lmdb: async (directory) => new (await import('./lmdb.ts')).LmdbEngine(directory),
}

/**
 * The environment of a task: all its stores of one kind of engine share it, so that one commit of the task is one batch, and
 * few files are open.
 */
export const openEngine = async (name: PersistentEngineName, taskDirectory: string): Promise<EngineLease> => {
  const directory = path.resolve(taskDirectory, name)
  let entry = shared.get(directory)
  if (entry === undefined) {
    const previous = closing.get(directory) ?? Promise.resolve()
    entry = { opened: previous.then(() => openers[name](directory)), shares: 0 }
    shared.set(directory, entry)
  }
  entry.shares++
  const { opened } = entry
  const release = async (): Promise<void> => {
    if (--entry.shares > 0) return
    shared.delete(directory)
    const closed = opened.then((engine) => engine.close()).finally(() => closing.delete(directory))
    closing.set(directory, closed.catch(() => {}))
    await closed
  }
  try {
    const engine = await opened
    return { engine, release: once(release) }
  } catch (error) {
    if (--entry.shares === 0) shared.delete(directory)
    throw error
  }
}

const once = (release: () => Promise<void>): (() => Promise<void>) => {
  let released: Promise<void> | undefined
  return () => (released ??= release())
}
