import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { TopologyTestDriver } from '../../lib/testing/topology-test-driver.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'

export const text = { key: Serdes.string, value: Serdes.string } as const
export const numbers = { key: Serdes.string, value: Serdes.long } as const

/** One record of an input: topic, key, value, timestamp. */
export type Input = readonly [topic: string, key: string | undefined, value: string | undefined, timestamp: number]

/** Runs a topology over text records and returns what comes out on the topic `out`: key, value as text, timestamp. */
export const run = (
  define: (builder: StreamsBuilder) => void,
  input: readonly Input[],
  config: Readonly<Record<string, unknown>> = {},
): [string | undefined, string | undefined, number][] => {
  const builder = new StreamsBuilder(config)
  define(builder)
  const driver = new TopologyTestDriver(builder.build(), { config, initialWallClockMs: 0 })
  try {
    for (const [topic, key, value, timestamp] of input) driver.createInputTopic(topic, text).pipeInput(key, value, { timestamp })
    const out = driver.createOutputTopic('out', text).readRecordsToList()
    return out.map((record) => [record.key, record.value, record.timestamp])
  } finally {
    driver.close()
  }
}

/** The text of `describe()`. */
export const described = (define: (builder: StreamsBuilder) => void, config: Readonly<Record<string, unknown>> = {}): string => {
  const builder = new StreamsBuilder(config)
  define(builder)
  return builder.build().describe().toString()
}
