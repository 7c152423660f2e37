import fc from 'fast-check'
import { Graph } from '../../../lib/models/index.ts'
import { floats, graphBytes, ints, node, placeholder } from './graphs.ts'

/** Runs a graph with one input `x` and one output. */
const run = (nodes: object[], shape: readonly number[], values: readonly number[]): { shape: readonly number[], values: number[] } => {
  const graph = Graph.decode(graphBytes(placeholder('x', ...shape), ...nodes))
  const plan = graph.plan(new Map([['x', shape]]))
  plan.feeds.get('x')?.data.set(values)
  plan.run()
  const [result] = plan.fetches
  return { shape: result!.shape, values: Array.from(result!.data, (value) => Math.round(value * 1e5) / 1e5) }
}

const x = [1, -2, 3, 4, 5, -6]

test.each<[string, object[], readonly number[], number[]]>([
  ['Relu', [node('y', 'Relu', ['x'])], [2, 3], [1, 0, 3, 4, 5, 0]],
  ['Softmax', [node('y', 'Softmax', ['x'])], [2, 3], [0.1185, 0.0059, 0.8756, 0.26894, 0.73105, 0.00001]],
  ['BiasAdd along the last dimension', [floats('b', [3], [1, 2, 3]), node('y', 'BiasAdd', ['x', 'b'])], [2, 3], [2, 0, 6, 5, 7, -3]],
  ['Mul by a column', [floats('b', [2, 1], [1, 10]), node('y', 'Mul', ['x', 'b'])], [2, 3], [1, -2, 3, 40, 50, -60]],
  ['Transpose', [ints('p', [2], [1, 0]), node('y', 'Transpose', ['x', 'p'])], [3, 2], [1, 4, -2, 5, 3, -6]],
  ['Reshape with an open size', [ints('s', [2], [3, -1]), node('y', 'Reshape', ['x', 's'])], [3, 2], x],
  ['Sum of columns', [ints('a', [1], [0]), node('y', 'Sum', ['x', 'a'])], [3], [5, 3, -3]],
  ['Mean of rows, kept', [ints('a', [1], [-1]), node('y', 'Mean', ['x', 'a'], { keep_dims: { b: true } })], [2, 1], [0.66667, 1]],
  ['ArgMax of rows', [ints('a', [], [1]), node('y', 'ArgMax', ['x', 'a'])], [2], [2, 1]],
  ['ConcatV2 of columns', [ints('a', [], [1]), node('y', 'ConcatV2', ['x', 'x', 'a'])], [2, 6], [1, -2, 3, 1, -2, 3, 4, 5, -6, 4, 5, -6]],
  ['StridedSlice backwards', [ints('b', [2], [0, 2]), ints('e', [2], [2, 0]), ints('s', [2], [1, -1]), node('y', 'StridedSlice', ['x', 'b', 'e', 's'])], [2, 2], [3, -2, -6, 5]],
  ['StridedSlice of one row', [ints('b', [1], [1]), ints('e', [1], [2]), ints('s', [1], [1]), node('y', 'StridedSlice', ['x', 'b', 'e', 's'], { shrink_axis_mask: { i: 1 } })], [3], [4, 5, -6]],
  ['Pad', [ints('p', [2, 2], [0, 0, 1, 0]), node('y', 'Pad', ['x', 'p'])], [2, 4], [0, 1, -2, 3, 0, 4, 5, -6]],
  ['GatherV2 of columns', [ints('i', [2], [2, 0]), ints('a', [], [1]), node('y', 'GatherV2', ['x', 'i', 'a'])], [2, 2], [3, 1, -6, 4]],
  ['Tile', [ints('m', [2], [1, 2]), node('y', 'Tile', ['x', 'm'])], [2, 6], [1, -2, 3, 1, -2, 3, 4, 5, -6, 4, 5, -6]],
  ['SelectV2', [floats('z', [], [0]), node('c', 'Greater', ['x', 'z']), node('y', 'SelectV2', ['c', 'x', 'z'])], [2, 3], [1, 0, 3, 4, 5, 0]],
  ['shapes that follow the input', [node('s', 'Shape', ['x']), floats('v', [], [7]), node('y', 'Fill', ['s', 'v'])], [2, 3], [7, 7, 7, 7, 7, 7]],
])('%s should be computed', (_what, nodes, shape, values) => {
  expect(run(nodes, [2, 3], x)).toEqual({ shape, values })
})

test('a convolution should slide its filter over the image', () => {
  const filter = floats('w', [2, 2, 1, 1], [1, 0, 0, -1])
  const strides = { strides: { list: { i: [1, 1, 1, 1] } } }
  const image = [1, 2, 3, 4, 5, 6, 7, 8, 10]
  const valid = run([filter, node('y', 'Conv2D', ['x', 'w'], { ...strides, padding: { s: Buffer.from('VALID') } })], [1, 3, 3, 1], image)
  expect(valid).toEqual({ shape: [1, 2, 2, 1], values: [-4, -4, -4, -5] })
  const same = run([filter, node('y', 'Conv2D', ['x', 'w'], { ...strides, padding: { s: Buffer.from('SAME') } })], [1, 3, 3, 1], image)
  expect(same).toEqual({ shape: [1, 3, 3, 1], values: [-4, -4, 3, -4, -5, 6, 7, 8, 10] })
})

const matrix = (rows: number, columns: number) => fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: rows * columns, maxLength: rows * columns })

test('a product of matrices should be the textbook sum, transposed or not', () => {
  const sizes = fc.record({ m: fc.integer({ min: 1, max: 4 }), k: fc.integer({ min: 1, max: 5 }), n: fc.integer({ min: 1, max: 4 }), ta: fc.boolean(), tb: fc.boolean() })
  fc.assert(fc.property(sizes.chain((size) => fc.tuple(fc.constant(size), matrix(size.m, size.k), matrix(size.k, size.n))), ([{ m, k, n, ta, tb }, a, b]) => {
    const graph = Graph.decode(graphBytes(placeholder('x'), floats('w', tb ? [n, k] : [k, n], b), node('y', 'MatMul', ['x', 'w'], { transpose_a: { b: ta }, transpose_b: { b: tb } })))
    const plan = graph.plan(new Map([['x', ta ? [k, m] : [m, k]]]))
    plan.feeds.get('x')!.data.set(a)
    plan.run()
    for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) {
      let sum = 0
      for (let l = 0; l < k; l++) sum += Math.fround(a[ta ? l * m + i : i * k + l]!) * Math.fround(b[tb ? j * k + l : l * n + j]!)
      expect(plan.fetches[0]!.data[i * n + j]).toBeCloseTo(sum, 3)
    }
  }), { numRuns: 50 })
})

test.each([
  ['an operation that nobody knows', [placeholder('x', 1), node('y', 'TarotReading', ['x'])], /TarotReading.*node 'y'/],
  ['a node twice', [placeholder('x', 1), node('x', 'Relu', ['x'])], /same name/],
])('a graph with %s should be refused when it is read', (_what, nodes, message) => {
  expect(() => Graph.decode(graphBytes(...nodes))).toThrow(message)
})

test.each([
  ['a node that is not there', [placeholder('x', 1), node('y', 'Relu', ['z'])], /no node 'z'/],
  ['a circle', [placeholder('x', 1), node('a', 'Add', ['x', 'b']), node('b', 'Relu', ['a']), node('y', 'Relu', ['b'])], /depends on itself/],
  ['shapes that do not fit', [placeholder('x', 2), floats('w', [3], [1, 2, 3]), node('y', 'Mul', ['x', 'w'])], /do not fit/],
  ['an output that is not there', [placeholder('x', 2), node('y', 'Relu', ['x:1'])], /no output 1/],
  ['a shape that depends on the data', [placeholder('x', 2), floats('v', [], [1]), node('y', 'Fill', ['x', 'v'])], /depend on the data/],
  ['a tensor beyond all bounds', [placeholder('x', 2), ints('s', [2], [100000, 100000]), floats('v', [], [1]), node('y', 'Fill', ['s', 'v'])], /cannot be made/],
])('a graph with %s should be refused when it is planned', (_what, nodes, message) => {
  const graph = Graph.decode(graphBytes(...nodes))
  expect(() => graph.plan(new Map([['x', [2]]]), ['y'])).toThrow(message)
})
