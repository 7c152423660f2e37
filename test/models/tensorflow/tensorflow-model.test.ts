import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { compileTensorflow, ModelError } from '../../../lib/models/index.ts'
import { floats, graphBytes, node, placeholder } from './graphs.ts'
import type { FieldMapping, Model } from '../../../lib/models/index.ts'

const compile = (bytes: Uint8Array, mapping: FieldMapping = {}): Model => compileTensorflow({ name: 'test', bytes, mapping, semantics: 'default' })
const dense = graphBytes(placeholder('x'), floats('w', [2, 3], [1, 0, -1, 0, 1, 1]), node('y', 'MatMul', ['x', 'w']))
const mapping = { left: 'l', right: 'r' }

test('several outputs should score as the index of the greatest, in the order of the mapping', () => {
  const model = compile(dense, mapping)
  expect(model.inputs.map(({ name }) => name)).toEqual(['left', 'right'])
  const score = model.score({ l: 3, r: 2 })
  expect(score.value).toBe(0)
  expect(Array.from(score.outputs.y as Float32Array)).toEqual([3, 2, -1])
  expect(model.score({ l: 0, r: 2 }).value).toBe(1)
})

test('one output should score as its number', () => {
  const model = compile(graphBytes(placeholder('x', -1, 2), floats('w', [2, 1], [1, 10]), node('y', 'MatMul', ['x', 'w'])), mapping)
  expect(model.score({ l: 3, r: 2 })).toEqual({ value: 23, outputs: { y: 23 } })
})

test('several inputs should be read by their own names', () => {
  const model = compile(graphBytes(placeholder('a', -1, 1), placeholder('b', -1, 2), node('y', 'Mul', ['a', 'b'])))
  expect(Array.from(model.score({ a: 2, b: [3, 4] }).outputs.y as Float32Array)).toEqual([6, 8])
})

test.each([[{ l: 1 }, 'missing-value'], [{ l: 1, r: 'x' }, 'value-check'], [{ l: 1, r: NaN }, 'value-check']])('the record %j should be refused', (record, reason) => {
  expect(() => compile(dense, mapping).score(record)).toThrow(expect.objectContaining({ reason }))
})

test.each([
  ['a mapping of another width', () => compile(dense, { left: 'l' }), /takes 2 numbers.*1 columns/],
  ['no input', () => compile(graphBytes(floats('c', [1], [1]), node('y', 'Relu', ['c']))), /no input/],
  ['no output', () => compile(graphBytes(placeholder('x', 1))), /computes nothing/],
  ['no nodes', () => compile(Buffer.alloc(0)), /no nodes/],
  ['other bytes', () => compile(Buffer.from('<PMML/>')), /GraphDef/],
])('a graph with %s should be refused', (_what, run, message) => {
  expect(run).toThrow(message)
  expect(run).toThrow(ModelError)
})

test('a graph cut anywhere should be refused or be a smaller graph, never crash', () => {
  const whole = readFileSync('data/dense-network.pb')
  fc.assert(fc.property(fc.nat(whole.byteLength - 1), (length) => {
    try {
      compile(whole.subarray(0, length), Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`f${i}`, `f${i}`])))
    } catch (error) {
      expect(error).toBeInstanceOf(ModelError)
    }
  }))
})
