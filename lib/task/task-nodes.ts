import type { Processor } from '../../topology/api.ts'
import type { NodeSpec, ProcessorSpec, SinkSpec, SourceSpec } from '../../topology/internals/node-spec.ts'
import type { ProcessorTopology } from '../../topology/internals/processor-topology.ts'
import type { Serde } from '../serdes/serde.ts'
import { missingSerde } from './default-serdes.ts'
import type { ProcessingErrors } from './error-handling.ts'
import { asError, TaskInitializationError } from './errors.ts'
import type { PendingWork } from './pending-work.ts'
import type { ContextHost } from './processor-context.ts'
import { NodeContext } from './processor-context.ts'
import { ProcessorNode } from './processor-node.ts'
import type { RecordCollector } from './record-collector.ts'
import type { SinkFormat } from './sink-node.ts'
import { DynamicSinkNode, SinkNode } from './sink-node.ts'
import { SourceNode } from './source-node.ts'
import type { TaskEnvironment } from './task-environment.ts'
import type { TaskMetrics } from './task-metrics.ts'
import type { TaskNode } from './task-node.ts'

/** What nodes are made with. */
export interface NodeServices {
  readonly environment: TaskEnvironment
  readonly collector: RecordCollector
  readonly host: ContextHost
  readonly errors: ProcessingErrors
  readonly pending: PendingWork
  /** Of tasks that process records; global ones are not measured. */
  readonly metrics?: TaskMetrics | undefined
}

interface RunningProcessor {
  readonly node: ProcessorNode
  readonly context: NodeContext
}

/** The nodes of one task, linked to each other. */
export class TaskNodes {
  /** By full topic name. */
  readonly #sources = new Map<string, SourceNode>()
  readonly #processors: RunningProcessor[] = []
  readonly #byName = new Map<string, TaskNode>()

  /** @throws {TaskInitializationError} when a serde is missing */
  constructor(topology: ProcessorTopology, services: NodeServices) {
    const nodes = this.#byName
    for (const spec of topology.nodes) nodes.set(spec.name, this.#make(spec, topology, services))
    for (const [name, children] of topology.children) {
      const parent = nodes.get(name)
      if (!(parent instanceof SourceNode) && !(parent instanceof ProcessorNode)) continue
      for (const child of children) parent.children.push(nodes.get(child)!)
    }
    for (const { node } of this.#processors) if (node.children.length === 0) node.latencies = services.metrics?.nodes.terminal(node.name)
    for (const [topic, spec] of topology.sources) this.#sources.set(topic, nodes.get(spec.name) as SourceNode)
  }

  source(topic: string): SourceNode | undefined {
    return this.#sources.get(topic)
  }

  /** Lets a source read one more topic, one that its pattern matches. Returns the source. */
  addTopic(topic: string, sourceName: string): SourceNode {
    const source = this.#byName.get(sourceName)
    if (!(source instanceof SourceNode)) throw new TaskInitializationError(`There is no source ${sourceName} for topic ${topic}.`)
    this.#sources.set(topic, source)
    return source
  }

  topics(): Iterable<string> {
    return this.#sources.keys()
  }

  #make(spec: NodeSpec, topology: ProcessorTopology, services: NodeServices): TaskNode {
    if (spec.kind === 'source') return makeSource(spec, services)
    if (spec.kind === 'sink') return makeSink(spec, topology, services)
    const node = new ProcessorNode(spec.name, makeProcessor(spec), services.errors, services.pending)
    this.#processors.push({ node, context: new NodeContext(services.host, node, spec.stores, spec.isFixedKey) })
    return node
  }

  /** Gives every processor its context, parents first. */
  init(): void {
    for (const { node, context } of this.#processors) {
      try {
        node.processor.init?.(context)
      } catch (error) {
        throw new TaskInitializationError(`failed to initialize processor ${node.name}: ${asError(error).message}`, { cause: error })
      }
    }
  }

  /**
   * Closes every processor, also when one of them fails. What a promise forwards after that goes nowhere: the task may run
   * elsewhere by then. @throws the first error
   */
  close(): void {
    let first: Error | undefined
    for (const { node } of this.#processors) {
      try {
        node.processor.close?.()
      } catch (error) {
        first ??= new TaskInitializationError(`failed to close processor ${node.name}: ${asError(error).message}`, { cause: error })
      }
    }
    for (const { node } of this.#processors) node.children.length = 0
    if (first !== undefined) throw first
  }
}

const makeProcessor = (spec: ProcessorSpec): Processor<unknown, unknown> => {
  // a fixed-key processor gets the same records and context; only its types hide what it may not do
  const processor = spec.supplier.get() as unknown as Processor<unknown, unknown> | undefined
  if (typeof processor?.process === 'function') return processor
  throw new TaskInitializationError(`The supplier of processor ${spec.name} returned no processor with a process() method.`)
}

/** The serde part that is set, or that of the configured default. */
const orDefault = <T>(own: T | undefined, serde: Serde<unknown> | undefined, pick: (serde: Serde<unknown>) => T, side: 'key' | 'value', node: string): T => {
  if (own !== undefined) return own
  if (serde !== undefined) return pick(serde)
  const cause = missingSerde(side)
  throw new TaskInitializationError(`Failed to initialize ${side} serdes for ${node}: ${cause.message}`, { cause })
}

const makeSource = (spec: SourceSpec, { environment, host, metrics }: NodeServices): SourceNode => {
  const { defaultKeySerde, defaultValueSerde, defaultTimestampExtractor } = environment.config.settings
  const node = `source node ${spec.name}`
  const key = orDefault(spec.keyDeserializer, defaultKeySerde, (serde) => serde.deserializer, 'key', node)
  const value = orDefault(spec.valueDeserializer, defaultValueSerde, (serde) => serde.deserializer, 'value', node)
  return new SourceNode(spec.name, key, value, spec.timestampExtractor ?? defaultTimestampExtractor, host.state, metrics?.nodes.source(spec.name))
}

const makeSink = (spec: SinkSpec, topology: ProcessorTopology, services: NodeServices): TaskNode => {
  const { defaultKeySerde, defaultValueSerde } = services.environment.config.settings
  const node = `sink node ${spec.name}`
  // the specification of a sink takes what its own types allow; here they are the types of whatever reaches it
  const own = spec as unknown as Partial<SinkFormat>
  const format: SinkFormat = {
    keySerializer: orDefault(own.keySerializer, defaultKeySerde, (serde) => serde.serializer, 'key', node),
    valueSerializer: orDefault(own.valueSerializer, defaultValueSerde, (serde) => serde.serializer, 'value', node),
    partitioner: own.partitioner,
    traffic: (topic) => services.metrics?.topics.produced(spec.name, topic),
    latencies: services.metrics?.nodes.terminal(spec.name),
  }
  if (typeof spec.topic === 'string') return new SinkNode(spec.name, topology.sinkTopic(spec.name), format, services.collector, services.host.state)
  return new DynamicSinkNode(spec.name, spec.topic as never, format, services.collector, services.host.state)
}

