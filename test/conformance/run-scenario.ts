import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { Headers } from '../../lib/core/headers.ts'
import { TopologyTestDriver } from '../../lib/testing/topology-test-driver.ts'
import * as extractors from '../../topology/timestamp-extractors.ts'
import { Topology } from '../../topology/topology.ts'
import type { ProducedRecord } from './compare.ts'
import { compareByName, compareEntries, compareError, compareRecords, compareText, headersJson } from './compare.ts'
import { driverConfig } from './driver-config.ts'
import { DslOperations } from './dsl-operations.ts'
import type { BuiltInExtractors } from './options.ts'
import type { Json, Scenario, Step } from './scenario.ts'
import { NotBuilt } from './scenario.ts'
import { storeEntries } from './store-entries.ts'
import { applyTopologyOperations } from './topology-operations.ts'
import { fromJson, serdeOf, toJson } from './values.ts'

type Phase = 'build' | 'start' | 'step'

export const builtInExtractors: BuiltInExtractors = (name) => {
  switch (name) {
    case 'failOnInvalid':
      return extractors.failOnInvalidTimestamp
    case 'logAndSkip':
      return extractors.logAndSkipOnInvalidTimestamp
    case 'usePartitionTime':
      return extractors.usePartitionTimeOnInvalidTimestamp
    case 'wallclock':
      return extractors.wallclockTimestamp
    default:
      return undefined
  }
}

/** One run of a scenario: what happened, to be held against what Java did. */
class Run {
  readonly #scenario: Scenario
  readonly branches = new Map<string, string[]>()
  readonly sideEffects: Json[] = []
  readonly produced: ProducedRecord[] = []
  step = 0

  constructor(scenario: Scenario) {
    this.#scenario = scenario
  }

  build(): Topology {
    const { api, topology: operations } = this.#scenario
    const config = driverConfig(this.#scenario, builtInExtractors)
    if (api === 'topology') {
      const topology = new Topology()
      applyTopologyOperations(topology, operations, builtInExtractors)
      return topology
    }
    const builder = new StreamsBuilder(config)
    new DslOperations(builder, this, builtInExtractors).run(operations)
    return builder.build(config)
  }

  start(topology: Topology): TopologyTestDriver {
    return new TopologyTestDriver(topology, {
      config: driverConfig(this.#scenario, builtInExtractors),
      initialWallClockMs: this.#scenario.startWallClockMs ?? 0,
      onProduced: (record) => {
        const { topic, key, value, timestamp, headers } = record
        this.produced.push({ step: this.step, topic, key, value, timestamp, headers: headers.toArray() })
      },
    })
  }

  sideEffect(key: unknown, value: unknown): void {
    const json = (x: unknown): Json => toJson('', x)
    this.sideEffects.push({ step: this.step, key: json(key), value: json(value) })
  }

  feed(driver: TopologyTestDriver, step: Step): void {
    if (step.advanceWallClockMs !== undefined) driver.advanceWallClockTime(step.advanceWallClockMs)
    const pipe = step.pipe
    if (!pipe) return
    const serdes = this.#scenario.topics?.[pipe.topic] ?? { key: 'bytes', value: 'bytes' }
    const bytes = (serde: string, json: Json | undefined, hex: string | null | undefined): Uint8Array | undefined => {
      if (hex !== undefined) return hex === null ? undefined : Buffer.from(hex, 'hex')
      return serdeOf(serde).serializer.serialize(pipe.topic, fromJson(serde, json))
    }
    const headers = (pipe.headers ?? []).map(([key, value]) => ({ key, value: value === null ? undefined : Buffer.from(value) }))
    driver.pipeRecord(pipe.topic, bytes(serdes.key, pipe.key, pipe.keyHex), bytes(serdes.value, pipe.value, pipe.valueHex), {
      timestamp: pipe.timestamp,
      headers: Headers.of(headers),
    })
  }

  /** Output records by topic, as the format writes them; internal topics are left to `internal`. */
  outputs(): Map<string, Json[]> {
    const result = new Map<string, Json[]>()
    for (const record of this.produced) {
      if (internalKind(record.topic)) continue
      const { key, value } = this.#scenario.topics?.[record.topic] ?? { key: 'bytes', value: 'bytes' }
      const read = (serde: string, data: Uint8Array | undefined): Json =>
        toJson(serde, serdeOf(serde).deserializer.deserialize(record.topic, data))
      push(result, record.topic, {
        step: record.step,
        key: read(key, record.key),
        value: read(value, record.value),
        timestamp: record.timestamp ?? null,
        ...(record.headers.length > 0 ? { headers: headersJson(record.headers) } : {}),
      })
    }
    return result
  }

  internal(kinds: readonly string[]): Map<string, Json[]> {
    const result = new Map<string, Json[]>()
    for (const { step, topic, key, value, timestamp, headers } of this.produced) {
      const kind = internalKind(topic)
      if (kind === undefined || !kinds.includes(kind)) continue
      const hex = (data: Uint8Array | undefined): Json => (data === undefined ? null : Buffer.from(data).toString('hex'))
      push(result, topic, {
        step,
        keyHex: hex(key),
        valueHex: hex(value),
        timestamp: timestamp ?? null,
        ...(headers.length > 0 ? { headers: headersJson(headers) } : {}),
      })
    }
    return result
  }
}

const push = (map: Map<string, Json[]>, name: string, entry: Json): void => {
  const list = map.get(name)
  if (list) list.push(entry)
  else map.set(name, [entry])
}

const internalKind = (topic: string): string | undefined => {
  if (!topic.startsWith('app-')) return undefined
  if (topic.endsWith('-changelog')) return 'changelog'
  if (topic.endsWith('-repartition')) return 'repartition'
  return topic.endsWith('-topic') ? 'fk' : undefined
}

/** Runs one scenario and says what differs from the recorded result; an empty list is a pass. */
export const runScenario = (scenario: Scenario): string[] => {
  const run = new Run(scenario)
  const { expect } = scenario
  let phase: Phase = 'build'
  let driver: TopologyTestDriver | undefined
  const failures: string[] = []
  let failed: unknown
  try {
    const topology = run.build()
    if (expect.describe !== undefined) failures.push(...compareText('describe', expect.describe, topology.describe().toString()))
    if (scenario.input) {
      phase = 'start'
      driver = run.start(topology)
      phase = 'step'
      for (const [index, step] of scenario.input.entries()) {
        run.step = index
        run.feed(driver, step)
      }
    }
  } catch (error) {
    if (error instanceof NotBuilt) return [`not built: ${error.message}`]
    failed = error
  }
  failures.push(...checkError(scenario, phase, run.step, failed))
  failures.push(...check(scenario, run, driver, failed === undefined))
  try {
    driver?.close()
  } catch (error) {
    if (failed === undefined) failures.push(`close: ${String(error)}`)
  }
  return failures
}

const checkError = ({ expect }: Scenario, phase: Phase, step: number, failed: unknown): string[] => {
  const expected = expect.error
  if (!expected) return failed === undefined ? [] : [`${phase} ${phase === 'step' ? step : ''}: unexpected ${stackOf(failed)}`]
  if (failed === undefined) return [`error: expected one in phase ${expected.phase} (${expected.messageContains}), got none`]
  if (expected.phase !== phase || (phase === 'step' && expected.step !== undefined && expected.step !== step)) {
    return [`error: expected in ${expected.phase} ${expected.step ?? ''}, came in ${phase} ${step}: ${stackOf(failed)}`]
  }
  return compareError(expected, failed)
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join(' ') : String(error)

const check = ({ expect }: Scenario, run: Run, driver: TopologyTestDriver | undefined, ended: boolean): string[] => {
  const failures: string[] = []
  if (expect.branches) {
    for (const [id, keys] of Object.entries(expect.branches)) {
      failures.push(...compareRecords(`branches ${id}`, keys, run.branches.get(id) ?? []))
    }
  }
  if (expect.output) failures.push(...compareByName('output', expect.output, run.outputs()))
  if (expect.sideEffects) failures.push(...compareRecords('side effects', expect.sideEffects, run.sideEffects))
  if (expect.changelogBytes) {
    failures.push(...compareByName('bytes', expect.changelogBytes, run.internal(expect.changelogKinds ?? [])))
  }
  if (!driver) return failures
  if (expect.droppedRecordsTotal !== undefined) {
    const dropped = driver.droppedRecordsTotal()
    if (dropped !== expect.droppedRecordsTotal) failures.push(`dropped records: expected ${expect.droppedRecordsTotal}, got ${dropped}`)
  }
  if (!ended && expect.error === undefined) return failures
  for (const [name, { type, entries }] of Object.entries(expect.stores ?? {})) {
    const store = driver.getStateStore(name)
    failures.push(...(store ? compareEntries(`store ${name}`, entries, storeEntries(store, type)) : [`store ${name}: not there`]))
  }
  return failures
}
