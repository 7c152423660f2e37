import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { StoreKind } from '../../apps/model-server/topologies.ts'
import type { DataSet } from '../../apps/provider/data-set.ts'
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

const RECORDS = 400

describe.each<StoreKind>(['standard', 'custom'])('server --store %s, killed with -9 in the middle of records', (store) => {
  test.each([
    ['started again with its state directory', false],
    ['started again without its state directory, which was deleted', true],
  ])('should go on with its model, lose no record and have counted what it scored, when it is %s', async (_how, deletes) => {
    const model = data.models[1]!
    const stateDir = bench.directory()
    const scores = await bench.scores()
    const first = await bench.server(store, { stateDir })
    await bench.publish(model)
    await bench.untilInService(first, model.name, data.records[0]!)
    await bench.untilCommitted(store)
    const since = (await first.value())!.since

    const records = Array.from({ length: RECORDS }, (_, i) => data.records[i % data.records.length]!)
    const sending = (async () => {
      for (let i = 0; i < RECORDS; i += 10) await bench.score(records.slice(i, i + 10), `batch ${i}`)
    })()
    await eventually(() => scores().filter(({ key }) => key?.startsWith('batch')).length >= RECORDS / 4)
    await first.program.stop('SIGKILL')
    await sending
    if (deletes) rmSync(stateDir, { recursive: true })

    const second = await bench.server(store, { stateDir, port: first.port })
    const wanted = new Map<string, unknown>()
    const answers = answersOf(model, records)
    for (let i = 0; i < RECORDS; i++) wanted.set(`batch ${i - (i % 10)}-${i % 10}`, answers[i])
    const missing = (): string[] => {
      const scored = new Set(scores().map(({ key }) => key))
      return [...wanted.keys()].filter((key) => !scored.has(key))
    }
    await eventually(() => missing().length === 0)
    for (const { key, score, model: name } of scores()) {
      if (wanted.has(key!)) expect({ name, score }).toEqual({ name: model.name, score: wanted.get(key!) })
    }

    // At least once: records between the last commit and the kill are scored again, and are counted twice if the count had
    // reached the changelog before the kill. No record counts less than once.
    expect(second.program.lines).toContainEqual(expect.stringMatching(`^Model from before the restart - ModelToServe\\(${model.name}, `))
    const offsets = new Set(scores().map(({ partition, offset }) => `${partition}@${offset}`))
    const value = (await second.value())!
    expect(value).toMatchObject({ name: model.name, since })
    expect(value.usage).toBeGreaterThanOrEqual(offsets.size)
    expect(value.usage).toBeLessThanOrEqual(2 * offsets.size)

    // From here on every record counts once more.
    await bench.score(data.records.slice(0, 5), 'afterwards')
    await eventually(() => scores().filter(({ key }) => key?.startsWith('afterwards')).length === 5)
    expect((await second.value())!.usage).toBe(value.usage + 5)
  })

  test('should go on with a model larger than a message may be, though it is gone from where it was and the state directory, too', async () => {
    const { name, description, dataType, modelType, data: small } = data.models[0]!
    const file = path.join(bench.directory(), 'large.pmml')
    writeFileSync(file, Buffer.concat([small!, Buffer.from(`<!--${' '.repeat(3 << 20)}-->`)]))
    const stateDir = bench.directory()
    const first = await bench.server(store, { stateDir })
    await bench.publish({ name, description, dataType, modelType, location: file })
    await bench.untilInService(first, name, data.records[0]!)
    const scores = await bench.scores()
    await bench.score(data.records.slice(0, 1), 'before')
    await eventually(() => scores().some(({ key }) => key === 'before-0'))
    expect(await first.program.stop()).toBe(0)
    rmSync(file)
    rmSync(stateDir, { recursive: true })
    const second = await bench.server(store, { stateDir, port: first.port })
    await second.program.line(/^Model rejected - decision-tree: .*large.pmml/)
    await bench.score(data.records.slice(0, 20), 'after')
    await eventually(() => scores().some(({ key }) => key === 'after-19'))
    const answered = scores().filter(({ key }) => key?.startsWith('after'))
    expect(answered.map(({ score }) => score)).toEqual(answersOf(data.models[0]!, data.records.slice(0, 20)))
    expect((await second.value())!.usage).toBe(scores().length)
  })

  test('should take the model that was published while it was away', async () => {
    const [before, during] = [data.models[0]!, data.models[1]!]
    const stateDir = bench.directory()
    const first = await bench.server(store, { stateDir })
    await bench.publish(before)
    await bench.untilInService(first, before.name, data.records[0]!)
    await first.program.stop('SIGKILL')
    await bench.publish(during)
    const second = await bench.server(store, { stateDir, port: first.port })
    await bench.untilInService(second, during.name, data.records[0]!)
  })
})

test('server --store memory should begin anew, with the newest model, when it is started again', async () => {
  const model = data.models[0]!
  const first = await bench.server('memory')
  await bench.publish(model)
  await bench.untilInService(first, model.name, data.records[0]!)
  const scores = await bench.scores()
  await bench.score(data.records.slice(0, 50), 'first')
  await eventually(() => scores().some(({ key }) => key === 'first-49'))
  expect((await first.value())!.usage).toBeGreaterThanOrEqual(50)
  await first.program.stop('SIGTERM')
  const second = await bench.server('memory', { port: first.port })
  expect((await second.value())!.usage).toBe(0)
  await bench.untilInService(second, model.name, data.records[0]!)
})

test('server should go on with everything it had when it was stopped and started', async () => {
  const model = data.models[2]!
  const stateDir = bench.directory()
  const first = await bench.server('standard', { stateDir })
  await bench.publish(model)
  await bench.untilInService(first, model.name, data.records[0]!)
  const scores = await bench.scores()
  await bench.score(data.records.slice(0, 1), 'last')
  await eventually(() => scores().some(({ key }) => key === 'last-0'))
  const before = await first.value()
  expect(await first.program.stop('SIGTERM')).toBe(0)
  const second = await bench.server('standard', { stateDir, port: first.port })
  expect(await second.value()).toEqual(before)
})

test('server should ride out a restart of the broker', async () => {
  // A cluster that was given is not ours to restart.
  if (!bench.broker) return
  const model = data.models[1]!
  const server = await bench.server('custom')
  const scores = await bench.scores()
  await bench.publish(model)
  await bench.untilInService(server, model.name, data.records[0]!)
  await bench.restartBroker()
  await bench.score(data.records.slice(0, 10), 'afterwards')
  await eventually(() => scores().filter(({ key }) => key?.startsWith('afterwards')).length >= 10)
  await eventually(async () => (await server.get('/readyz')).status === 200)
  expect((await server.value())!.name).toBe(model.name)
  expect(server.program.errors).toEqual([])
})

test('server and data provider should end within seconds at SIGTERM when the broker is away', async () => {
  if (!bench.broker) return
  const server = await bench.server('standard')
  const provider = bench.run('data-provider', ['--brokers', bench.brokers, '--data-interval', '10', '--data-topic', bench.topics.data, '--models-topic', bench.topics.models])
  await provider.line(/^printed 10 records$/)
  await bench.broker.close()
  const begun = performance.now()
  expect(await Promise.all([server.program.stop(), provider.stop()])).toEqual([0, 0])
  expect(performance.now() - begun).toBeLessThan(5000)
  expect([...server.program.errors, ...provider.errors]).toEqual([])
})
