import fc from 'fast-check'
import { jsonLine, median, resultOf, table } from '../../bench/report.ts'

const run = { workload: 'count', guarantee: 'at_least_once', records: 2_000_000 }

describe('the report of a benchmark', () => {
  test('the median should be the middle value, or the mean of the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })

  test('the median should have as many values below as above it, in whatever order they come', () => {
    fc.assert(fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
      const middle = median(values)
      expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2)
      expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2)
    }))
  })

  test('a result should be made of the medians of the rounds, and the ratio of these', () => {
    const result = resultOf(run, [
      { millrace: 900, acked: 890, java: 100 },
      { millrace: 600, acked: 300, java: 200 },
      { millrace: 800, acked: 780, java: 400 },
    ])
    expect(result).toEqual({ ...run, millrace: 800, acked: 780, java: 200, ratio: 4 })
  })

  test('a JSON line should have exactly the fields that tools read, rates in whole records/s', () => {
    const line = jsonLine(resultOf(run, [{ millrace: 1_000_000.4, acked: 9, java: 300_000 }]))
    expect(line).toBe('{"workload":"count","guarantee":"at_least_once","records":2000000,"millrace":1000000,"java":300000,"ratio":3.333}')
  })

  test('a JSON line should say null where Java did not run', () => {
    const line = jsonLine(resultOf(run, [{ millrace: 10, acked: 9, java: undefined }]))
    expect(JSON.parse(line)).toEqual({ ...run, millrace: 10, java: null, ratio: null })
  })

  test('the table should align its columns and show the time until everything is acknowledged', () => {
    const lines = table([
      resultOf(run, [{ millrace: 1_000_000, acked: 990_000, java: 250_000 }]),
      resultOf({ ...run, workload: 'pass' }, [{ millrace: 20, acked: 10, java: undefined }]),
    ]).split('\n')
    expect(lines).toEqual([
      'workload    records  Millrace records/s  until acked  Java records/s   ratio',
      'count     2,000,000           1,000,000      990,000         250,000  4.00 x',
      'pass      2,000,000                  20           10               -       -',
    ])
  })
})
