import fc from 'fast-check'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import type { KStream } from '../../dsl/kstream.ts'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { TopologyTestDriver } from '../../lib/testing/index.ts'

const strings = { key: Serdes.string, value: Serdes.string }

/** A step that fails for values with its letter, and adds its letter to the others. */
interface Step {
  readonly kind: 'mapValues' | 'map' | 'filter' | 'peek'
  readonly letter: 'a' | 'b' | 'c'
}

const step: fc.Arbitrary<Step> = fc.record({ kind: fc.constantFrom('mapValues', 'map', 'filter', 'peek'), letter: fc.constantFrom('a', 'b', 'c') })

const failOn = (letter: string, value: string): void => {
  if (value.startsWith(letter)) throw new Error(`fails at ${letter}`)
}

const append = (stream: KStream<string, string>, { kind, letter }: Step): KStream<string, string> => {
  const checked = (value: string): string => {
    failOn(letter, value)
    return value
  }
  switch (kind) {
    case 'mapValues':
      return stream.mapValues((value) => checked(value) + letter)
    case 'map':
      return stream.map((key, value) => [key, checked(value) + letter])
    case 'filter':
      return stream.filter((_key, value) => checked(value) !== '')
    case 'peek':
      return stream.peek((_key, value) => void checked(value))
  }
}

/** What becomes of one value: the result, or which step fails. */
const model = (steps: readonly Step[], value: string): { readonly out?: string; readonly failed?: string } => {
  let out = value
  for (const { kind, letter } of steps) {
    if (out.startsWith(letter)) return { failed: letter }
    if (kind === 'filter' && out === '') return {}
    if (kind === 'mapValues' || kind === 'map') out += letter
  }
  return { out }
}

test('every record should come out, be filtered, or be one dead letter with its own bytes, whatever fails where', () => {
  const values = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 3 }), { maxLength: 8 })
  fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), values, (steps, input) => {
    const builder = new StreamsBuilder()
    steps.reduce(append, builder.stream<string, string>('in', strings)).to('out', strings)
    const driver = new TopologyTestDriver(builder.build(), { config: { processingExceptionHandler: 'continue', errorsDeadLetterQueueTopicName: 'letters' } })
    driver.createInputTopic('in', strings).pipeValueList(input)
    const outputs = driver.createOutputTopic('out', strings).readValuesToList()
    const letters = driver.createOutputTopic('letters', strings).readRecordsToList()
    const expected = input.map((value) => ({ value, ...model(steps, value) }))
    expect(outputs).toEqual(expected.flatMap(({ out }) => (out === undefined ? [] : [out])))
    expect(letters.map(({ value, headers }) => [value, Buffer.from(headers.last('__streams.errors.message')?.value ?? []).toString()]))
      .toEqual(expected.flatMap(({ value, failed }) => (failed === undefined ? [] : [[value, `fails at ${failed}`]])))
    driver.close()
  }), { numRuns: 150 })
})
