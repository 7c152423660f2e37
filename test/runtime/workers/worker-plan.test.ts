import { pathToFileURL } from 'node:url'
import { planWorkers } from '../../../lib/runtime/workers/worker-plan.ts'
import { TopologyModule } from '../../../lib/runtime/workers/topology-module.ts'
import { StreamsConfig } from '../../../topology/config.ts'

const plan = (numStreamThreads: number, workers?: boolean) =>
  planWorkers({ config: new StreamsConfig({ numStreamThreads }), workers, resourceLimits: undefined, program: new URL('file:///worker.js'), moduleUrl: 'file:///m.js', data: () => ({}) })

describe('the plan which stream threads run in workers', () => {
  test('should leave a single thread in the event loop, and put those that are added later into workers', () => {
    expect([1, 2, 3].map((index) => plan(1)?.isWorker(index))).toEqual([false, true, true])
  })

  test('should put all into workers when there are several, or when that is asked for', () => {
    expect([1, 2].map((index) => plan(2)?.isWorker(index))).toEqual([true, true])
    expect(plan(1, true)?.isWorker(1)).toBe(true)
  })

  test('should have no workers when they are not wanted', () => {
    expect(plan(3, false)).toBeUndefined()
  })
})

test('the module of a topology should be named by a URL, or by a path from the working directory', () => {
  expect(new TopologyModule(new URL('file:///a/b.js')).url.href).toBe('file:///a/b.js')
  expect(new TopologyModule('file:///a/b.js').url.href).toBe('file:///a/b.js')
  expect(new TopologyModule('./dist/b.js').url.href).toBe(pathToFileURL(`${process.cwd()}/dist/b.js`).href)
})
