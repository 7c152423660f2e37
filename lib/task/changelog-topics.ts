import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import path from 'node:path'

const FILE = 'changelog-topics.json'

/**
 * Which topics the files of a directory were filled from, by the ids that the cluster gave them: a topic that is deleted and made
 * again has the same name and offsets, but other records. The file is written before rows of a topic are.
 */
export class ChangelogTopics {
  readonly #directory: string
  #ids: Map<string, string> | undefined

  constructor(directory: string) {
    this.#directory = directory
  }

  /** The id of the topic of that name; undefined when nothing was written down. */
  idOf(topic: string): string | undefined {
    return (this.#ids ??= this.#read()).get(topic)
  }

  /** In one step: a crash leaves the old or the new content. */
  note(topic: string, id: string): void {
    if (this.idOf(topic) === id) return
    const ids = new Map(this.#ids).set(topic, id)
    mkdirSync(this.#directory, { recursive: true })
    const file = path.join(this.#directory, FILE)
    const descriptor = openSync(`${file}.tmp`, 'w')
    try {
      writeSync(descriptor, JSON.stringify(Object.fromEntries(ids)))
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(`${file}.tmp`, file)
    this.#ids = ids
  }

  /** A file that cannot be read says nothing: it is written anew. */
  #read(): Map<string, string> {
    try {
      const ids = Object.entries(JSON.parse(readFileSync(path.join(this.#directory, FILE), 'utf8')) as Record<string, unknown>)
      return new Map(ids.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
    } catch {
      return new Map()
    }
  }
}
