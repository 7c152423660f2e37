import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Serdes } from '../../lib/serdes/serdes.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import type { KStream } from '../../dsl/kstream.ts'
import { described, run, text } from './helpers.ts'

const innermost = (error: unknown): string => (error instanceof Error && error.cause !== undefined ? innermost(error.cause) : String(error))

describe('a stream', () => {
  test('should treat null from a function of the user as no value', () => {
    const out = run((builder) => builder.stream('in', text).mapValues(() => null as unknown as string).to('out', text), [['in', 'a', 'x', 1]])
    expect(out).toEqual([['a', undefined, 1]])
  })

  test.each([
    ['map', (stream: KStream<string, string>) => stream.map(() => undefined as never)],
    ['flatMap', (stream: KStream<string, string>) => stream.flatMap(() => undefined as never)],
    ['flatMapValues', (stream: KStream<string, string>) => stream.flatMapValues(() => undefined as never)],
  ])('should say that %s got no result when its function returns none', (operator, define) => {
    const attempt = () => run((builder) => define(builder.stream('in', text)), [['in', 'a', 'x', 1]])
    expect(attempt).toThrow()
    try {
      attempt()
    } catch (error) {
      expect(innermost(error)).toContain(`${operator}() returned undefined for key a`)
    }
  })

  test('should send each record to the first branch whose predicate is true', () => {
    const out = run((builder) => {
      const branches = builder
        .stream('in', text)
        .split({ name: 'by-' })
        .branch((_key, value) => value.startsWith('a'), { name: 'a' })
        .branch((_key, value) => value.length > 1)
        .defaultBranch()
      expect([...branches.keys()]).toEqual(['by-a', 'by-2', 'by-0'])
      for (const [name, branch] of branches) branch.mapValues((value) => `${name}:${value}`).to('out', text)
    }, [['in', 'k', 'ab', 1], ['in', 'k', 'bb', 2], ['in', 'k', 'c', 3]])
    expect(out.map(([, value]) => value)).toEqual(['by-a:ab', 'by-2:bb', 'by-0:c'])
  })

  test('should leave a branch out of the result when a consumer takes it or its function returns nothing', () => {
    described((builder) => {
      const branches = builder
        .stream('in', text)
        .split()
        .branch(() => true, { withConsumer: (branch) => branch.to('x') })
        .branch(() => true, { withFunction: () => undefined })
        .noDefaultBranch()
      expect(branches.size).toBe(0)
    })
  })

  test('should be printed line by line with its label', () => {
    const file = path.join(tmpdir(), `millrace-print-${process.pid}.txt`)
    try {
      run((builder) => {
        const stream = builder.stream('in', text)
        stream.print({ file, label: 'lines' })
        stream.mapValues((value) => ({ value })).print({ file, name: 'second' })
        stream.print({ file, label: 'own', mapper: (key, value) => `${key} is ${value}` })
      }, [['in', 'k', 'v', 1]])
      const expected = '[lines]: k, v\n[KSTREAM-MAPVALUES-0000000002]: k, { value: \'v\' }\n[own]: k is v\n'
      expect(readFileSync(file, 'utf8')).toBe(expected)
    } finally {
      rmSync(file, { force: true })
    }
  })

  test('should be repartitioned only when its key may have changed', () => {
    const topics = (define: (stream: KStream<string, string>) => void) =>
      described((builder) => define(builder.stream('in', text))).includes('-repartition')
    expect(topics((stream) => stream.mapValues((v) => v).filter(() => true).groupByKey().count())).toBe(false)
    expect(topics((stream) => stream.selectKey((key) => key).groupByKey().count())).toBe(true)
    expect(topics((stream) => stream.map((key, value) => [key, value]).mapValues((v) => v).toTable())).toBe(true)
    expect(topics((stream) => stream.selectKey((key) => key).to('out'))).toBe(false)
    expect(topics((stream) => stream.merge(stream.selectKey((key) => key)).groupByKey().count())).toBe(true)
  })

  test('should refuse an operand that is no stream or table of the DSL', () => {
    const stream = new StreamsBuilder().stream('in', text)
    expect(() => stream.merge({} as never)).toThrow('merge() needs a KStream')
    expect(() => stream.join({} as never, () => '')).toThrow('join() needs a KStream, KTable or GlobalKTable')
    const elsewhere = new StreamsBuilder()
    expect(() => stream.merge(elsewhere.stream('b', text))).toThrow('of the same StreamsBuilder')
    expect(() => stream.leftJoin(elsewhere.table('t', text), () => '')).toThrow('of the same StreamsBuilder')
  })
})

describe('a builder', () => {
  test('should return the topology it has built when it is asked again, unless something was added', () => {
    const builder = new StreamsBuilder()
    const stream = builder.stream('in', text)
    stream.to('out', text)
    const topology = builder.build()
    expect(builder.build()).toBe(topology)
    stream.to('other', text)
    expect(() => builder.build()).toThrow('added after build()')
  })

  test('should take a function for a supplier', () => {
    const shown = described((builder) => {
      builder.stream('in', text).process(() => ({ process: () => {} }), { name: 'mine' })
      builder.stream('in', text).processValues(() => ({ process: () => {} }), { name: 'values' })
    })
    expect(shown).toContain('Processor: mine')
    expect(shown).toContain('Processor: values')
  })

  test('should refuse a stream of no topic', () => {
    expect(() => new StreamsBuilder().stream([])).toThrow('at least one topic')
  })

  test('should refuse two streams of the same topic that start at different offsets', () => {
    const define = (builder: StreamsBuilder) => {
      builder.stream('in', { ...text, offsetReset: 'earliest' })
      builder.stream('in', text)
    }
    expect(() => described(define)).toThrow("Can't configure different offset reset policies")
  })

  test('should refuse streams of overlapping but different topics', () => {
    const define = (builder: StreamsBuilder) => {
      builder.stream(['a', 'b'], text)
      builder.stream(['b', 'c'], text)
    }
    expect(() => described(define)).toThrow('overlapping but not equal')
  })

  test('should read topics once that several streams name', () => {
    const shown = described((builder) => {
      builder.stream(/x.*/, text).to('a')
      builder.stream(/x.*/, text).to('b')
      builder.stream(['p', 'q'], text).to('c')
      builder.stream(['p', 'q'], text).to('d')
    })
    expect(shown.match(/Source:/g)).toHaveLength(2)
  })

  test('should use the serdes of the table for its topic when only those are given', () => {
    const out = run(
      (builder) => builder.table('in', {}, { store: 's', key: Serdes.string, value: Serdes.string }).toStream().to('out'),
      [['in', 'k', 'v', 1]],
    )
    expect(out).toEqual([['k', 'v', 1]])
  })
})
