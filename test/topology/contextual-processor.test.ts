import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { MockProcessorContext, TopologyTestDriver } from '../../lib/testing/index.ts'
import type { FixedKeyRecord } from '../../topology/api.ts'
import { Record } from '../../topology/api.ts'
import { ContextualFixedKeyProcessor, ContextualProcessor } from '../../topology/contextual-processor.ts'

const TEXT = { key: Serdes.string, value: Serdes.string }

class Swap extends ContextualProcessor<string, string, string, string> {
  process(record: Record<string, string>): void {
    this.context.forward(record.withKey(record.value).withValue(record.key))
  }
}

class Upper extends ContextualFixedKeyProcessor<string, string, string> {
  process(record: FixedKeyRecord<string, string>): void {
    this.context.forward(record.withValue(record.value.toUpperCase()))
  }
}

test('contextual processors should have their context when they run', () => {
  const builder = new StreamsBuilder()
  builder.stream('in', TEXT).process(() => new Swap()).processValues(() => new Upper()).to('out', TEXT)
  const driver = new TopologyTestDriver(builder.build())
  driver.createInputTopic('in', TEXT).pipeInput('k', 'v')
  expect(driver.createOutputTopic('out', TEXT).readKeyValue()).toEqual(['v', 'K'])
  driver.close()
})

test('MockProcessorContext should serve fixed-key processors too', () => {
  const context = new MockProcessorContext<string, string>()
  context.setRecordMetadata('in', 0, 3)
  const processor = new Upper()
  processor.init(context)
  processor.process(new Record('k', 'v', 1))
  expect(context.forwarded.map(({ record }) => [record.key, record.value])).toEqual([['k', 'V']])
  context.resetForwards()
  expect(context.forwarded).toEqual([])
})
