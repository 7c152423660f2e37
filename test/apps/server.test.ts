import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { StoreKind } from '../../apps/model-server/topologies.ts'
import type { DataSet } from '../../apps/provider/data-set.ts'
import type { ModelDescriptor } from '../../lib/models/index.ts'
import { answersOf, ownDataSet } from './helpers/own-data.ts'
import { eventually, TestBench } from './helpers/test-bench.ts'

let bench: TestBench
let data: DataSet

beforeAll(async () => {
  data = await ownDataSet()
})
beforeEach(async () => {
  bench = await TestBench.start()
})
afterEach(() => bench.close())

const none = { name: 'None', description: 'None', since: 0, usage: 0, duration: 0, min: 0, max: 0 }

describe.each<StoreKind>(['memory', 'standard', 'custom'])('server --store %s', (store) => {
  test('should answer None as soon as it is ready, and skip records, when there is no model yet', async () => {
    const server = await bench.server(store)
    expect(await server.get('/state/value')).toEqual({ status: 200, body: none })
    expect(await server.get('/state/value/wine')).toMatchObject({ status: 404 })
    expect(await server.get('/healthz')).toEqual({ status: 200, body: { state: 'RUNNING' } })
    const { body } = await server.get('/state/instances')
    expect(body).toEqual([{ host: '127.0.0.1', port: server.port, storeNames: ['model-arrivals', 'model-state'] }])
    await bench.score(data.records.slice(0, 3), 'early')
    await server.program.line(/^No model available - skipping$/)
    expect(await server.get('/state/value')).toEqual({ status: 200, body: none })
  })

  test('should score with one model after the other, and tell of the one in service', async () => {
    const server = await bench.server(store)
    const scores = await bench.scores()
    const records = data.records.slice(0, 20)
    const of = (series: string) => scores().filter(({ key }) => key?.startsWith(series))
    for (const model of data.models) {
      await bench.publish(model)
      await bench.untilInService(server, model.name, records[0]!)
      await server.program.line(new RegExp(`^New model - ModelToServe\\(${model.name}, ${model.description}, ${model.modelType}, \\d+ bytes, wine\\)$`))
      await bench.score(records.slice(0, 1), `last before ${model.name}`)
      await eventually(() => of(`last before ${model.name}`).length === 1)
      const { usage = -1 } = (await server.value()) ?? {}

      await bench.score(records, model.name)
      await eventually(() => of(model.name).length === records.length)
      const answered = of(model.name)
      expect(answered.map(({ key }) => key)).toEqual(records.map((_record, i) => `${model.name}-${i}`))
      expect(answered.map(({ score }) => score)).toEqual(answersOf(model, records))
      expect(answered.every(({ model: name, dataType }) => name === model.name && dataType === 'wine')).toBe(true)
      const served = await server.value()
      expect(served).toMatchObject({ name: model.name, description: model.description, usage: usage + records.length })
      expect(served!.min).toBeGreaterThan(0)
      expect(served!.max).toBeGreaterThanOrEqual(served!.min)
      expect(served!.duration).toBeGreaterThanOrEqual(served!.max)
      expect((await server.get('/state/value/wine')).body).toEqual(served)
    }
    await server.program.line(/^Calculated quality - \S+ calculated in \d+\.\d{3} ms$/)
  })

  test('should take models by reference, and reject what cannot be had while the one in service stays', async () => {
    const [byFile, byHttp, spare] = data.models as [ModelDescriptor, ModelDescriptor, ModelDescriptor]
    const file = path.join(bench.directory(), 'model.pmml')
    writeFileSync(file, byFile.data!)
    const web = createServer((request, response) => (request.url === '/model' ? response.end(byHttp.data) : response.writeHead(404).end()))
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}`
    const at = ({ name, description, dataType, modelType }: ModelDescriptor, location: string): ModelDescriptor => ({ name, description, dataType, modelType, location })
    try {
      const server = await bench.server(store)
      const inService = (name: string): Promise<void> => bench.untilInService(server, name, data.records[0]!)
      await bench.publish(at(byFile, file))
      await inService(byFile.name)
      await bench.publish(at(byHttp, `${url}/model`))
      await inService(byHttp.name)
      await bench.publish(at({ ...spare, name: 'missing' }, `${url}/nothing`))
      await server.program.line(/^Model rejected - missing: .*404/)
      await bench.publish({ ...spare, name: 'damaged', data: Buffer.from('<PMML') })
      await server.program.line(/^Model rejected - damaged: /)
      await bench.send(bench.topics.models, [Buffer.from([1, 2, 3])])
      await server.program.line(/^Model rejected - unknown: /)
      await inService(byHttp.name)
    } finally {
      web.closeAllConnections()
      web.close()
    }
  })

  test('should divert bad records to the dead letter topic with the reason', async () => {
    const server = await bench.server(store)
    const letters = await bench.read(bench.topics.deadLetters)
    const scores = await bench.scores()
    await bench.publish(data.models[0]!)
    await bench.untilInService(server, data.models[0]!.name, data.records[0]!)
    await bench.send(bench.topics.data, [Buffer.from('not a record'), null])
    await bench.score(data.records.slice(0, 2), 'good')
    await eventually(() => letters.length === 2 && scores().filter(({ key }) => key?.startsWith('good')).length === 2)
    expect(letters.map(({ value }) => value)).toEqual([Buffer.from('not a record'), null])
    expect(letters.map(({ headers }) => String(headers['__streams.errors.message']))).toEqual([
      expect.stringMatching(/not a wine record/),
      expect.stringMatching(/the record has no value/),
    ])
    await server.program.line(new RegExp(`^Bad record 2 - ${bench.topics.data}-0@\\d+ goes to ${bench.topics.deadLetters}: the record has no value$`))
    expect((await server.value())!.usage).toBe(scores().length)
  })

  test('should end within seconds at SIGTERM, with exit code 0', async () => {
    const server = await bench.server(store)
    const started = performance.now()
    expect(await server.program.stop('SIGTERM')).toBe(0)
    expect(performance.now() - started).toBeLessThan(5000)
    expect(server.program.errors).toEqual([])
  })
})
