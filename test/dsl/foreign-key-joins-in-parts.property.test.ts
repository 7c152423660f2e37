import fc from 'fast-check'
import type { KTable } from '../../dsl/ktable.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { silentLogger } from '../../lib/core/log.ts'
import { Headers } from '../../lib/core/headers.ts'
import { MockTime } from '../../lib/core/time.ts'
import { MetricsRegistry } from '../../lib/metrics/metrics-registry.ts'
import { StreamTask } from '../../lib/task/stream-task.ts'
import { taskId } from '../../lib/task/task-id.ts'
import { MemoryChunk } from '../../lib/testing/memory-chunk.ts'
import type { ProducedRecord } from '../../lib/testing/memory-record-collector.ts'
import { MemoryRecordCollector } from '../../lib/testing/memory-record-collector.ts'
import { StreamsConfig } from '../../topology/config.ts'
import { text } from './helpers.ts'

type Join = (left: KTable<string, string>, right: KTable<string, string>) => KTable<string, string>
type Text = string | undefined

const foreignKey = (value: string): string | undefined => (value.includes('|') ? value.split('|')[0] : undefined)
const pair = (a: string, b: string | undefined): string => `${a}+${b}`

const joins = {
  'the left join': (left, right) => left.leftJoin(right, foreignKey, pair, { name: 'j' }),
  'the inner join that always answers': (left, right) => left.join(right, foreignKey, pair, { name: 'j', answerAlways: true }),
  'the inner join': (left, right) => left.join(right, foreignKey, pair, { name: 'j' }),
} satisfies Record<string, Join>

const REGISTRATION = 'app-j-subscription-registration-topic'
const RESPONSE = 'app-j-subscription-response-topic'

/** A join whose topics are read when the test says so, each in its order. */
class JoinInParts {
  readonly results = new Map<string, string>()
  readonly #task: StreamTask
  readonly #collector: MemoryRecordCollector
  readonly #waiting = new Map<string, Omit<ProducedRecord, 'partition' | 'offset'>[]>([REGISTRATION, RESPONSE].map((topic) => [topic, []]))
  #offset = 0

  constructor(join: Join) {
    const builder = new StreamsBuilder()
    join(builder.table('left', text), builder.table('right', text)).toStream().to('out', text)
    const config = new StreamsConfig({ 'application.id': 'app', 'statestore.cache.max.bytes': 0 })
    const topology = builder.build().internals.setApplicationId('app').buildTopology()
    this.#collector = new MemoryRecordCollector(config)
    this.#task = new StreamTask({
      taskId: taskId(0, 0), applicationId: 'app', config, time: new MockTime(0), log: silentLogger, metrics: new MetricsRegistry(), threadId: 't',
      stateDir: '', ephemeral: true, topology, collector: this.#collector,
      inputPartitions: [...topology.sources.keys()].map((topic) => ({ topic, partition: 0 })),
    })
    void this.#task.open()
    this.#task.start()
  }

  update(topic: 'left' | 'right', key: string, value: Text): void {
    this.#process({ topic, key: Buffer.from(key), value: value === undefined ? undefined : Buffer.from(value), timestamp: 0, headers: Headers.empty })
  }

  /** Reads the next record of one of the join's own topics; false when there is none. */
  read(topic: string): boolean {
    const record = this.#waiting.get(topic)!.shift()
    if (record !== undefined) this.#process(record)
    return record !== undefined
  }

  readAll(): void {
    while (this.read(REGISTRATION) || this.read(RESPONSE));
  }

  #process({ topic, key, value, timestamp, headers }: Omit<ProducedRecord, 'partition' | 'offset'>): void {
    this.#task.addChunk(topic, 0, new MemoryChunk([{ key, value, timestamp: timestamp ?? 0, headers, offset: this.#offset++ }]))
    while (this.#task.process(1) > 0);
    for (const record of this.#collector.take()) {
      this.#waiting.get(record.topic)?.push(record)
      if (record.topic !== 'out') continue
      const row = Buffer.from(record.key!).toString()
      if (record.value === undefined) this.results.delete(row)
      else this.results.set(row, Buffer.from(record.value).toString())
    }
  }
}

const leftValue = fc.option(fc.constantFrom('a|1', 'a|2', 'b|1', 'b|2', 'none'), { nil: undefined, freq: 4 })
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ topic: fc.constant('left' as const), key: fc.constantFrom('1', '2'), value: leftValue }) },
  { weight: 3, arbitrary: fc.record({ topic: fc.constant('right' as const), key: fc.constantFrom('a', 'b'), value: fc.option(fc.constantFrom('x', 'y'), { nil: undefined, freq: 3 }) }) },
  { weight: 8, arbitrary: fc.record({ topic: fc.constantFrom(REGISTRATION, RESPONSE) }) },
)

/** What a database would answer. */
const expected = (left: ReadonlyMap<string, Text>, right: ReadonlyMap<string, Text>, isLeftJoin: boolean): [string, string][] =>
  [...left].sort().flatMap(([key, value]) => {
    const other = value === undefined ? undefined : right.get(foreignKey(value) ?? '')
    return value === undefined || (other === undefined && !isLeftJoin) ? [] : [[key, pair(value, other)] as [string, string]]
  })

describe('a join by a foreign key whose topics are read late', () => {
  test.each(['the left join', 'the inner join that always answers'] as const)('%s should give what a database gives, whatever changes meanwhile', (name) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const join = new JoinInParts(joins[name])
        const tables = { left: new Map<string, Text>(), right: new Map<string, Text>() }
        for (const each of steps) {
          if (!('key' in each)) {
            join.read(each.topic)
            continue
          }
          tables[each.topic].set(each.key, each.value)
          join.update(each.topic, each.key, each.value)
        }
        join.readAll()
        expect([...join.results].sort()).toEqual(expected(tables.left, tables.right, name === 'the left join'))
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['the inner join', [['1', 'a|1+x']]],
    ['the inner join that always answers', []],
  ] as const)('%s should give %j for a row that changed when its partner was deleted', (name, results) => {
    const join = new JoinInParts(joins[name])
    join.update('right', 'a', 'x')
    join.update('left', '1', 'a|1')
    join.readAll()
    join.update('left', '1', 'a|2')
    join.update('right', 'a', undefined)
    join.readAll()
    expect([...join.results]).toEqual(results)
  })
})
