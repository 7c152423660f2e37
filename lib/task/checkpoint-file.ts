import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { StreamsError } from '../core/errors.ts'

const VERSION = 0

/** Java's word for files that may hold what was never committed. */
export const UNKNOWN_OFFSET = -4

/**
 * The changelog offsets that the files of a task's stores correspond to, for stores that do not keep their offset
 * themselves. Written as Java writes it: version, number of entries, then `topic partition offset` a line.
 */
export class CheckpointFile {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Offsets by `topic-partition`. Empty when there is no file. @throws {StreamsError} when it is not such a file */
  read(): Map<string, number> {
    const offsets = new Map<string, number>()
    if (!existsSync(this.#path)) return offsets
    const [version, count, ...lines] = readFileSync(this.#path, 'utf8').split('\n').filter((line) => line !== '')
    if (Number(version) !== VERSION || Number(count) !== lines.length) throw this.#corrupt(`${version}, ${count}`)
    for (const line of lines) {
      const [topic, partition, offset, ...rest] = line.split(/\s+/)
      if (!topic || rest.length > 0 || !isWhole(partition) || !(isWhole(offset) || offset === String(UNKNOWN_OFFSET))) throw this.#corrupt(line)
      offsets.set(`${topic}-${partition}`, Number(offset))
    }
    return offsets
  }

  #corrupt(found: string): StreamsError {
    return new StreamsError('MILLRACE_CHECKPOINT_CORRUPT', `Checkpoint file ${this.#path} cannot be read at '${found}'. Remove it: the stores are then restored from the start.`)
  }

  /** Takes the place of what was there in one step, so that a crash leaves the old or the new content. */
  write(offsets: ReadonlyMap<string, number>): void {
    const lines = [...offsets].map(([key, offset]) => {
      const dash = key.lastIndexOf('-')
      return `${key.slice(0, dash)} ${key.slice(dash + 1)} ${offset}\n`
    })
    const temporary = `${this.#path}.tmp`
    const file = openSync(temporary, 'w')
    try {
      writeSync(file, `${VERSION}\n${lines.length}\n${lines.join('')}`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, this.#path)
  }

  delete(): void {
    rmSync(this.#path, { force: true })
  }
}

const isWhole = (text: string | undefined): boolean => text !== undefined && /^\d+$/.test(text)
