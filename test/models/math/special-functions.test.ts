import fc from 'fast-check'
import { erf, erfc, normalCdf, normalIdf, normalPdf } from '../../../lib/models/math/special-functions.ts'

// Reference values to 16 digits from published tables.
test.each([[0, 0], [0.5, 0.5204998778130465], [1, 0.8427007929497149], [2, 0.9953222650189527], [2.5, 0.9995930479825550], [3, 0.9999779095030014]])(
  'erf(%d) should be %d', (x, value) => {
    expect(erf(x)).toBeCloseTo(value, 14)
    expect(erf(-x)).toBeCloseTo(-value, 14)
  })

test('erfc should keep its digits where it is tiny', () => {
  expect(erfc(5) / 1.5374597944280349e-12).toBeCloseTo(1, 12)
  expect(erfc(10) / 2.0884875837625446e-45).toBeCloseTo(1, 12)
})

test('erf and erfc should add up to one', () => {
  fc.assert(fc.property(fc.double({ min: -8, max: 8, noNaN: true }), (x) => { expect(erf(x) + erfc(x)).toBeCloseTo(1, 14) }))
})

test('the inverse of the normal distribution should undo it', () => {
  fc.assert(fc.property(fc.double({ min: -5, max: 5, noNaN: true }), fc.double({ min: 0.1, max: 10, noNaN: true }), (z, deviation) => {
    const x = 3 + z * deviation
    expect(normalIdf(normalCdf(x, 3, deviation), 3, deviation)).toBeCloseTo(x, 6)
  }))
  expect([normalIdf(0, 0, 1), normalIdf(1, 0, 1), normalIdf(0.5, 7, 2)]).toEqual([-Infinity, Infinity, 7])
  expect(normalIdf(2, 0, 1)).toBeNaN()
})

test('the density should be the slope of the distribution', () => {
  fc.assert(fc.property(fc.double({ min: -4, max: 4, noNaN: true }), (x) => {
    const h = 1e-5
    expect((normalCdf(x + h, 0, 1) - normalCdf(x - h, 0, 1)) / (2 * h)).toBeCloseTo(normalPdf(x, 0, 1), 7)
  }))
})
