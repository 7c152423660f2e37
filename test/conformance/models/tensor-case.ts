import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { Graph } from '../../../lib/models/index.ts'
import { isClose } from './compare.ts'
import { failed, passed } from './result.ts'
import type { CaseResult } from './result.ts'

interface TensorTable {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

interface Exchange {
  readonly inputs: Readonly<Record<string, TensorTable>>
  readonly outputs: Readonly<Record<string, TensorTable>>
}

const tolerance = { relative: 1e-4, absolute: 1e-5 }

const nodeName = (reference: string): string => reference.replace(/:0$/, '')

const compareGraph = (name: string, graphFile: string, { inputs, outputs }: Exchange): CaseResult => {
  const graph = Graph.decode(readFileSync(graphFile))
  const plan = graph.plan(new Map(Object.entries(inputs).map(([key, { shape }]) => [nodeName(key), shape])), Object.keys(outputs))
  for (const [key, { values }] of Object.entries(inputs)) plan.feeds.get(nodeName(key))?.data.set(values.map(Number))
  plan.run()
  for (const [k, [key, { values, dtype, shape }]] of Object.entries(outputs).entries()) {
    const actual = plan.fetches[k]!
    if (actual.shape.join() !== shape.join()) return failed(name, `${key}: expected shape [${shape.join()}], got [${actual.shape.join()}]`)
    const isExact = !dtype.startsWith('float')
    const wrong = values.findIndex((value, i) => isExact ? Number(value) !== actual.data[i] : !isClose(actual.data[i]!, Number(value), tolerance))
    if (wrong >= 0) return failed(name, `${key}[${wrong}]: expected ${values[wrong]}, got ${actual.data[wrong]}`)
  }
  return passed(name)
}

/** A folder with `io.json`: tensors that went in and came out. */
export const runTensorFolder = (folder: string): CaseResult => {
  const name = `${path.basename(path.dirname(folder))}/${path.basename(folder)}`
  const frozen = path.join(folder, 'frozen.pb')
  if (!existsSync(frozen)) return failed(name, existsSync(path.join(folder, 'model.onnx')) ? 'ONNX is not built yet' : 'only frozen graphs are built yet')
  try {
    return compareGraph(name, frozen, JSON.parse(readFileSync(path.join(folder, 'io.json'), 'utf8').replace(/\bNaN\b/g, 'null')) as Exchange)
  } catch (error) {
    return failed(name, String(error))
  }
}
