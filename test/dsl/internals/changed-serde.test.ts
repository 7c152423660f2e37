import fc from 'fast-check'
import { ChangeSerde } from '../../../dsl/internals/changed-serde.ts'
import { Change } from '../../../dsl/internals/processors/change.ts'
import { Serdes } from '../../../lib/serdes/serdes.ts'
import type { ProcessingContext } from '../../../topology/api.ts'

const serde = new ChangeSerde(Serdes.string)
const hex = (change: Change<string>): string => Buffer.from(serde.serializer.serialize('t', change) ?? []).toString('hex')

describe('the bytes of a change', () => {
  test('should be those that Java writes', () => {
    expect(hex(new Change('1', undefined, true))).toBe('3101')
    expect(hex(new Change<string>(undefined, '1', true))).toBe('3100')
    expect(hex(new Change('2', '1', true))).toBe('02323102')
  })

  test('should give the change back, whatever the lengths', () => {
    const value = fc.option(fc.string({ maxLength: 300 }), { nil: undefined })
    fc.assert(
      fc.property(value, value, (newValue, oldValue) => {
        fc.pre(newValue !== undefined || oldValue !== undefined)
        const bytes = serde.serializer.serialize('t', new Change(newValue, oldValue, true))
        expect(serde.deserializer.deserialize('t', bytes)).toEqual(new Change(newValue, oldValue, true))
      }),
    )
  })

  test('should not exist for a change from nothing to nothing', () => {
    expect(() => serde.serializer.serialize('t', new Change<string>(undefined, undefined, true))).toThrow('Both old and new values are null')
  })

  test('should be refused when the last byte is of no known kind', () => {
    expect(() => serde.deserializer.deserialize('t', Buffer.from([1, 9]))).toThrow('unknown byte value `9`')
  })

  test('should be made with the configured serde when the grouping named none', () => {
    const unset = new ChangeSerde<string>(undefined)
    unset.useDefault({ valueSerde: Serdes.string } as unknown as ProcessingContext)
    expect(unset.serializer.serialize('t', new Change('1', undefined, true))).toEqual(Buffer.from('3101', 'hex'))
  })
})
