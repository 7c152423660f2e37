import { invalid } from '../../topology/internals/invalid.ts'
import { CHANGELOG_SUFFIX } from './names.ts'

/** A repartition topic that is named after a node or store with a generated name. */
const GENERATED = /^K(STREAM|TABLE)-.*-[0-9]{10}-repartition$/

/** Collects internal resources whose names were generated, for `ensure.explicit.internal.resource.naming`. */
export class GeneratedNames {
  readonly #changelogs = new Set<string>()
  readonly #stores = new Set<string>()

  addStore(name: string, isLogged: boolean): void {
    if (isLogged) this.#changelogs.add(name + CHANGELOG_SUFFIX)
    else this.#stores.add(name)
  }

  /**
   * @param repartitionTopics all of the topology's
   * @throws {TopologyError} when there is a generated name: a change of the topology could change it, and its data be lost
   */
  refuse(repartitionTopics: readonly string[]): void {
    const lines = [
      ...sentence('changelog topic(s)', [...this.#changelogs]),
      ...sentence('state store(s)', [...this.#stores]),
      ...sentence('repartition topic(s)', repartitionTopics.filter((topic) => GENERATED.test(topic))),
    ]
    if (lines.length > 0) throw invalid(lines.join('\n'))
  }
}

const sentence = (kind: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`Following ${kind} has not been named: ${names.join(', ')}`]
