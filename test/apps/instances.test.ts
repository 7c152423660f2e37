import type { StoreKind } from '../../apps/model-server/topologies.ts'
import type { DataSet } from '../../apps/provider/data-set.ts'
import { ownDataSet } from './helpers/own-data.ts'
import type { RunningServer } from './helpers/test-bench.ts'
import { eventually, TestBench } from './helpers/test-bench.ts'

const PARTITIONS = 4
let bench: TestBench
let data: DataSet

beforeAll(async () => {
  data = await ownDataSet()
})
beforeEach(async () => {
  bench = await TestBench.start({ partitions: PARTITIONS })
})
afterEach(() => bench.close())

interface InstanceAnswer {
  readonly host: string
  readonly port: number
  readonly storeNames: readonly string[]
}

const instances = async (server: RunningServer): Promise<readonly InstanceAnswer[]> => {
  const { status, body } = await server.get('/state/instances')
  return status === 200 ? (body as InstanceAnswer[]) : []
}

const bothListed = (servers: readonly RunningServer[]): Promise<void> =>
  eventually(async () => {
    for (const server of servers) {
      const listed = (await instances(server)).filter(({ storeNames }) => storeNames.includes('model-state')).map(({ port }) => port)
      if (listed.length !== servers.length || !servers.every(({ port }) => listed.includes(port))) return false
    }
    return true
  })

describe.each<StoreKind>(['memory', 'standard', 'custom'])('two instances of server --store %s with four partitions', (store) => {
  test('should both be listed, and either should answer the same for both', async () => {
    const stateDir = bench.directory()
    const servers = [await bench.server(store, { stateDir }), await bench.server(store, { stateDir })] as const
    await bothListed(servers)
    const scores = await bench.scores()
    const model = data.models[1]!
    await bench.publish(model)
    // Until the model is in service in every task: each partition has had a record since it was ready everywhere.
    await Promise.all(servers.map((server) => bench.untilInService(server, model.name, data.records[0]!)))
    await bench.score(data.records.slice(0, 200), 'all')
    await eventually(() => scores().filter(({ key }) => key?.startsWith('all')).length === 200)

    expect(new Set(scores().filter(({ key }) => key?.startsWith('all')).map(({ partition }) => partition)).size).toBe(PARTITIONS)
    // Records that came before the model are not scored and not counted.
    await eventually(async () => (await servers[0].value())?.usage === scores().length)
    const [one, two] = await Promise.all(servers.map((server) => server.value()))
    expect(one).toEqual(two)
    expect(one).toMatchObject({ name: model.name, usage: scores().length })
    for (const server of servers) expect((await server.get('/state/value/wine')).body).toEqual(one)
  })
})

describe.each<StoreKind>(['standard', 'custom'])('two instances of server --store %s', (store) => {
  test('should become one when the other is killed: it takes over partitions, state and answers', async () => {
    const [stays, goes] = [await bench.server(store), await bench.server(store)]
    await bothListed([stays, goes])
    const scores = await bench.scores()
    const model = data.models[1]!
    await bench.publish(model)
    await Promise.all([stays, goes].map((server) => bench.untilInService(server, model.name, data.records[0]!)))
    await bench.score(data.records.slice(0, 100), 'before')
    await eventually(() => scores().filter(({ key }) => key?.startsWith('before')).length === 100)
    await eventually(async () => (await stays.value())?.usage === scores().length)
    await bench.untilCommitted(store)
    const before = (await stays.value())!

    await goes.program.stop('SIGKILL')
    await bench.score(data.records.slice(0, 100), 'after')
    await eventually(() => new Set(scores().flatMap(({ key }) => (key?.startsWith('after') ? [key] : []))).size === 100)
    await eventually(async () => (await stays.value()) !== undefined)
    const after = (await stays.value())!
    expect(after).toMatchObject({ name: model.name, since: before.since })
    expect(after.usage).toBeGreaterThanOrEqual(before.usage + 100)
    // What the other had not committed was scored again.
    expect(after.usage).toBeLessThanOrEqual(2 * (before.usage + 100))
    expect((await instances(stays)).map(({ port }) => port)).toEqual([stays.port])
  })
})

test('two instances with the same address should not both go on: the one that came first ends and says why', async () => {
  const first = await bench.server('custom')
  const address = `127.0.0.1:${first.port}`
  await bench.server('custom', { args: ['--application-server', address] })
  expect(await first.program.exit()).toBe(1)
  expect(first.program.errors).toEqual([expect.stringMatching(`^another server that is reached at ${address} has joined .*--application-server`)])
})
