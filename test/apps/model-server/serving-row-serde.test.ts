import fc from 'fast-check'
import { servingRowSerde } from '../../../apps/model-server/serving-row-serde.ts'
import { freshStatistics, withScore } from '../../../apps/model-server/statistics.ts'
import { ByteWriter } from '../../../lib/index.ts'

const arrivals = fc.record({ timestamp: fc.nat(), partition: fc.nat(100), offset: fc.nat() })
const models = fc.record({ dataType: fc.string(), arrival: arrivals, name: fc.string({ unit: 'binary' }), description: fc.string({ unit: 'binary' }) })
const statistics = fc
  .tuple(models, fc.nat(), fc.array(fc.double({ min: 0, max: 1e6, noNaN: true, noDefaultInfinity: true }), { maxLength: 5 }))
  .map(([model, since, durations]) => durations.reduce(withScore, freshStatistics(model, since)))
const rows = fc.oneof(statistics, models.map((model) => ({ ...model, descriptor: Buffer.from(model.name).toString('base64') })))

describe('servingRowSerde', () => {
  test('should give back every row, from either form of its bytes', () => {
    fc.assert(
      fc.property(rows, (row) => {
        const bytes = servingRowSerde.serializer.serialize('t', row)!
        const out = new ByteWriter(16)
        servingRowSerde.serializer.write!(row, out)
        expect(servingRowSerde.deserializer.deserialize('t', bytes)).toEqual(JSON.parse(JSON.stringify(row)))
        expect(Buffer.from(bytes)).toEqual(Buffer.from(out.view()))
      }),
    )
  })

  test('should write the same statistics differently when only their numbers have changed', () => {
    const before = freshStatistics({ dataType: 'wine', arrival: { timestamp: 1, partition: 0, offset: 0 }, name: 'a', description: '' }, 5)
    const textOf = (row: typeof before): string => Buffer.from(servingRowSerde.serializer.serialize('t', row)!).toString()
    expect(JSON.parse(textOf(before))).toEqual(before)
    const after = { ...withScore(before, 2), since: 6 }
    expect(JSON.parse(textOf(after))).toEqual(after)
  })
})
