import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { StreamsConfig } from '../../../topology/config.ts'
import type { StreamsConfigInput } from '../../../topology/config.ts'
import { Topology } from '../../../topology/topology.ts'
import { ConfigError, TopologyError } from '../../core/errors.ts'
import { isData } from './data.ts'

/** By dotted names. */
type Settings = Readonly<Record<string, unknown>>

/** What a module exports, as far as it matters here. */
export interface TopologyExports {
  /** The topology, or a function of the configuration that makes it. `topology` will do as well. */
  readonly default?: unknown
  readonly topology?: unknown
  /** Settings that are no data, such as serdes and handlers: they cannot be sent to a worker. */
  readonly config?: unknown
  /** Among them may be classes of queries, which then can be put to stores in workers. */
  readonly [name: string]: unknown
}

export interface LoadedModule {
  readonly exports: TopologyExports
  readonly topology: Topology
  readonly config: StreamsConfig
  /**
   * What workers are to be told of the configuration: the rest is in the module.
   * @throws {ConfigError} when a given setting cannot be sent to them
   */
  readonly dataForWorkers: () => Settings
}

/** The module that a client and its workers load the topology from. */
export class TopologyModule {
  readonly url: URL

  /** `location`: a URL (`new URL('./topology.js', import.meta.url)`), or a path, from the working directory. */
  constructor(location: URL | string) {
    if (location instanceof URL) this.url = location
    else this.url = /^(file|data):/.test(location) ? new URL(location) : pathToFileURL(path.resolve(location))
  }

  /**
   * Imports the module and has it make the topology; `given`: settings of the client, which go before those of the module.
   * @throws {TopologyError} when the module cannot be loaded or exports no topology
   */
  async load(given: Settings): Promise<LoadedModule> {
    const exports = await this.#import()
    const own = new StreamsConfig((exports.config ?? {}) as StreamsConfigInput).originals()
    const settings = { ...own, ...given }
    const made: unknown = exports.default ?? exports.topology
    const topology: unknown = typeof made === 'function' ? await (made as (config: StreamsConfigInput) => unknown)(settings) : made
    if (!(topology instanceof Topology)) {
      throw new TopologyError(`${this.url.href} exports no topology: its default export, or the one named topology, is to be a Topology or a function that makes one`)
    }
    return { exports, topology, config: new StreamsConfig(settings), dataForWorkers: () => dataOf(given, own) }
  }

  async #import(): Promise<TopologyExports> {
    try {
      return (await import(this.url.href)) as TopologyExports
    } catch (error) {
      throw new TopologyError(`the topology's module ${this.url.href} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
}

const dataOf = (given: Settings, own: Settings): Settings => {
  const sent = Object.entries(given).filter(([name, value]) => own[name] !== value)
  const wrong = sent.find(([, value]) => !isData(value))
  if (wrong !== undefined) {
    throw new ConfigError(`${wrong[0]} is no data and cannot be sent to worker threads: have the module of the topology export it as part of \`config\``)
  }
  return Object.fromEntries(sent)
}
