import { Headers } from '../../lib/core/headers.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import type { InputTopicOptions } from '../../lib/testing/index.ts'
import { TestInputTopic, TestOutputTopic } from '../../lib/testing/index.ts'
import type { ProducedRecord } from '../../lib/testing/index.ts'

const TEXT = { key: Serdes.string, value: Serdes.string }

const inputWith = (options: Partial<InputTopicOptions<string, string>> = {}) => {
  const piped: string[] = []
  const driver = {
    now: 1000,
    pipeRecord: (_topic: string, key: Uint8Array | undefined, value: Uint8Array | undefined, { timestamp }: { timestamp?: number | undefined }) => {
      piped.push(`${key && Buffer.from(key)}=${value && Buffer.from(value)}@${timestamp}`)
    },
  }
  return { input: new TestInputTopic<string, string>(driver, 'in', { ...TEXT, ...options }), piped, driver }
}

test('TestInputTopic should take the clock of the driver when no timestamp is given', () => {
  const { input, piped, driver } = inputWith()
  input.pipeInput('a', '1')
  driver.now = 2000
  input.pipeInput('a', undefined)
  expect(piped).toEqual(['a=1@1000', 'a=undefined@2000'])
})

test('TestInputTopic should advance by itself when it is told how much', () => {
  const { input, piped } = inputWith({ startTimestampMs: 10, autoAdvanceMs: 5 })
  input.pipeInput('a', '1')
  input.pipeInput('a', '2', { timestamp: 100 })
  input.pipeInput('a', '3')
  input.advanceTime(50)
  input.pipeInput('a', '4')
  expect(piped).toEqual(['a=1@10', 'a=2@100', 'a=3@15', 'a=4@70'])
})

test('TestInputTopic should pipe lists with their own times when they have some', () => {
  const { input, piped } = inputWith()
  input.pipeKeyValueList([['a', '1'], ['b', '2']], { startTimestampMs: 7, advanceMs: 3 })
  input.pipeRecordList([{ key: 'c', value: '3', timestamp: 1, headers: Headers.empty }])
  expect(piped).toEqual(['a=1@7', 'b=2@10', 'c=3@1'])
})

const outputOf = (...rows: readonly (readonly [string | undefined, string | undefined])[]) => {
  const records: ProducedRecord[] = rows.map(([key, value], offset) => ({
    topic: 'out', partition: 0, offset, timestamp: offset, headers: Headers.empty,
    key: key === undefined ? undefined : Buffer.from(key),
    value: value === undefined ? undefined : Buffer.from(value),
  }))
  return new TestOutputTopic('out', () => records, TEXT)
}

test('TestOutputTopic should give each record once when it is read in different ways', () => {
  const output = outputOf(['a', '1'], ['b', '2'], ['c', undefined], ['d', '4'])
  expect(output.queueSize).toBe(4)
  expect(output.readKeyValue()).toEqual(['a', '1'])
  expect(output.readValue()).toBe('2')
  expect(output.readRecordsToList()).toMatchObject([{ key: 'c', value: undefined, timestamp: 2 }, { key: 'd' }])
  expect(output.isEmpty).toBe(true)
})

test('TestOutputTopic should keep the last value of each key when it is read to a map', () => {
  expect(outputOf(['a', '1'], ['b', '2'], ['a', '3']).readKeyValuesToMap()).toEqual(new Map([['a', '3'], ['b', '2']]))
  expect(() => outputOf([undefined, '1']).readKeyValuesToMap()).toThrow('has no key')
})

test('TestOutputTopic should say why there is nothing when it is read', () => {
  expect(() => outputOf().readValue()).toThrow('Empty topic: out')
  expect(() => new TestOutputTopic('out', () => undefined, TEXT).readValue()).toThrow('Uninitialized topic: out')
})
