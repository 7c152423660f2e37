import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { eventually, lastCounts } from './helpers/apps.ts'
import { BASE } from './helpers/recent-times.ts'
import { TestCluster } from './helpers/test-cluster.ts'
import type { TopicReader } from './helpers/test-cluster.ts'
import { WorkersApp } from './helpers/workers-app.ts'
import type { InChild } from './helpers/workers-app.ts'

const KEYS = Array.from({ length: 40 }, (_, i) => `key-${i}`)

interface Topics {
  readonly INPUT: string
  readonly LABELS: string
  readonly OUTPUT: string
  readonly LABELLED: string
}

const isRunning = ({ streams }: InChild): boolean => streams.state === 'RUNNING'
const stateOf = ({ streams }: InChild): string => streams.state
const failuresOf = ({ heard }: InChild) => heard.failures
const tasksOf = ({ streams }: InChild): string[][] => streams.metadataForLocalThreads().map(({ activeTasks }) => activeTasks.map(({ taskId }) => taskId).sort())

describe('stream threads in workers', () => {
  let cluster: TestCluster
  let directory: string
  const apps: WorkersApp[] = []

  beforeAll(async () => {
    cluster = await TestCluster.start()
  })
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'millrace-workers-'))
  })
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.end('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  })
  afterAll(() => cluster.close())

  /** Topics of four partitions, and a table of labels for all keys. */
  const topics = async (): Promise<Topics> => {
    const [INPUT, LABELS, OUTPUT, LABELLED] = await Promise.all(['input', 'labels', 'counts', 'labelled'].map((name) => cluster.topic(name, 4)))
    await cluster.send(LABELS!, KEYS.map((key) => ({ key, value: `label-${key}` })))
    return { INPUT: INPUT!, LABELS: LABELS!, OUTPUT: OUTPUT!, LABELLED: LABELLED! }
  }

  interface Given {
    readonly topics: Topics
    readonly config: Readonly<Record<string, unknown>>
    readonly answer?: string
    readonly options?: object
    readonly engine?: string
    /** Of instances beside the first one. */
    readonly stateDir?: string
  }

  const launch = ({ topics: env, config, answer, options, engine = 'memory', stateDir = 'state' }: Given): WorkersApp => {
    const app = new WorkersApp({
      config: {
        bootstrapServers: cluster.bootstrapServers,
        stateDir: path.join(directory, stateDir),
        commitIntervalMs: 100,
        statestoreCacheMaxBytes: 0,
        consumer: { 'heartbeat.interval.ms': 200, 'session.timeout.ms': 10_000, 'fetch.max.wait.ms': 50 },
        ...config,
      },
      ...(answer === undefined ? {} : { answer }),
      ...(options === undefined ? {} : { options }),
      env: { ...env, MARKER: path.join(directory, 'poisoned'), ENGINE: engine },
    })
    apps.push(app)
    return app
  }

  const start = async (given: Given): Promise<WorkersApp> => {
    const app = launch(given)
    await app.started
    await eventually(() => app.ask(isRunning))
    return app
  }

  const sendRounds = async (topic: string, rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) await cluster.send(topic, KEYS.map((key) => ({ key, value: String(round), timestamp: BASE + round * 500 })))
  }

  const untilCounted = (reader: TopicReader, count: number) =>
    reader.until((records) => {
      const counts = lastCounts(records.filter(({ key }) => key?.toString().startsWith('key-')))
      return counts.size === KEYS.length && [...counts.values()].every((each) => each >= count)
    })

  const textsOf = (reader: TopicReader): string[] => reader.records.map(({ key, value }) => `${key?.toString()} ${value?.toString()}`).sort()

  test('should write what one thread in the event loop writes, and tell of themselves', async () => {
    const given = await topics()
    await sendRounds(given.INPUT, 4)
    const written = async (threads: number, name: string): Promise<[string[], WorkersApp]> => {
      const [OUTPUT, LABELLED] = await Promise.all([cluster.topic(`${name}-counts`, 4), cluster.topic(`${name}-labelled`, 4)])
      const [counts, labelled] = await Promise.all([cluster.read(OUTPUT), cluster.read(LABELLED)])
      const app = await start({ topics: { ...given, OUTPUT, LABELLED }, config: { applicationId: cluster.unique(name), numStreamThreads: threads }, stateDir: name })
      await untilCounted(counts, 4)
      await labelled.until((records) => records.length === 4 * KEYS.length)
      expect(counts.records).toHaveLength(4 * KEYS.length)
      return [textsOf(labelled), app]
    }
    const [expected, single] = await written(1, 'single')
    expect(await single.ask(({ heard }) => heard.logs.filter(({ message }) => message === 'a task is running').length)).toBe(4)
    const [actual, app] = await written(3, 'workers')
    expect(actual).toEqual(expected)

    expect((await app.ask(tasksOf)).map(({ length }) => length).sort()).toEqual([1, 1, 2])
    // each worker has a copy of the global store, and one of them tells of it
    const labels = await app.ask(({ heard }) => heard.restored.filter((line) => line.startsWith('end labels')))
    expect(labels.map((line) => Number(line.split(' ')[3])).reduce((sum, count) => sum + count, 0)).toBe(KEYS.length)
    expect(labels).toHaveLength(4)
    expect(await app.ask(({ heard }) => heard.logs.filter(({ message }) => message === 'a task is running').length)).toBeGreaterThanOrEqual(4)
    const tagOf = (tag: string) =>
      app.ask(({ streams }, name) => [...new Set(streams.metrics().flatMap((metric) => (metric.name === 'process-total' && /^1_/.test(metric.tags['task-id'] ?? '') ? [metric.tags[name]] : [])))].sort(), tag)
    await eventually(async () => (await tagOf('task-id')).join() === '1_0,1_1,1_2,1_3')
    expect(await tagOf('thread-id')).toEqual((await app.ask(({ streams }) => streams.metadataForLocalThreads())).map(({ threadName }) => threadName).sort())
  })

  test('should answer queries of all stores from where the event loop of the caller is', async () => {
    const given = await topics()
    await sendRounds(given.INPUT, 4)
    const app = await start({ topics: given, config: { applicationId: cluster.unique('queries'), numStreamThreads: 3 }, engine: 'lmdb' })
    await untilCounted(await cluster.read(given.OUTPUT), 4)
    const answers = await app.ask(async ({ streams, millrace: { KeyQuery, RangeQuery, QueryableStoreTypes, StoreQueryParameters, WindowKeyQuery } }, base) => {
      const collect = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
        const all: T[] = []
        for await (const row of rows) all.push(row)
        return all
      }
      const counts = streams.store<string, number>('counts')
      const withTimes = streams.store(StoreQueryParameters.fromNameAndType('counts', QueryableStoreTypes.timestampedKeyValueStore<string, number>()))
      const windows = streams.store(StoreQueryParameters.fromNameAndType('windows', QueryableStoreTypes.windowStore<string, number>()))
      const rangeResults = (await streams.query({ store: 'counts', query: RangeQuery.withRange<string, number>('key-1', 'key-19') })).partitionResults
      const ranges = await Promise.all([...rangeResults.values()].map((result) => (result.isSuccess ? collect(result.result) : [])))
      const ofWindow = await streams.query({ store: 'windows', query: WindowKeyQuery.withKeyAndWindowStartRange<string, number>('key-8', 0, base + 5000) })
      const windowRows = await Promise.all([...ofWindow.partitionResults.values()].map((result) => (result.isSuccess ? collect(result.result) : [])))
      const lags = [...(await streams.allLocalStorePartitionLags()).get('counts')!.values()]
      const firstOnly = counts.all()
      await firstOnly.next()
      await firstOnly.close()
      return {
        value: await counts.get('key-7'),
        missing: await counts.get('nothing'),
        withTime: await withTimes.get('key-7'),
        entries: await counts.approximateNumEntries(),
        all: (await collect(counts.all())).length,
        byPrefix: (await collect(counts.prefixScan('key-3', { serialize: (_topic, text) => (text === undefined ? undefined : Buffer.from(text)) }))).map(([key]) => key).sort(),
        window: await windows.fetch('key-8', base),
        windows: (await collect(windows.fetchWindows('key-8', base, base + 5000))).map(([at, count]) => [at - base, count]),
        windowRows: windowRows.flat().map(([at, count]) => [at - base, count]),
        allWindows: (await collect(windows.all())).filter(([{ key }]) => key === 'key-9').map(([{ window }]) => [window.start - base, window.end - base]),
        label: await streams.store<string, string>('labels').get('key-5'),
        query: (await streams.query({ store: 'counts', query: KeyQuery.withKey<string, number>('key-3') })).onlyPartitionResult,
        partitions: [...rangeResults.keys()].sort(),
        ranges: ranges.flat().map(([key]) => key).sort(),
        absent: (await streams.query({ store: 'counts', query: KeyQuery.withKey<string, number>('key-3'), partitions: [9] })).partitionResults.get(9),
        lags: lags.map(({ offsetLag }) => offsetLag),
        wrongKind: await (async () => streams.store(StoreQueryParameters.fromNameAndType('counts', QueryableStoreTypes.sessionStore())))().catch((error: Error) => error.message),
      }
    }, BASE)
    expect(answers).toMatchObject({
      value: 4,
      missing: undefined,
      withTime: { value: 4, timestamp: BASE + 1500 },
      entries: 40,
      all: 40,
      byPrefix: ['key-3', ...KEYS.filter((key) => /^key-3\d/.test(key))],
      window: 2,
      windows: [[0, 2], [1000, 2]],
      windowRows: [[0, 2], [1000, 2]],
      allWindows: [[0, 1000], [1000, 2000]],
      label: 'label-key-5',
      query: { isSuccess: true, result: 4 },
      partitions: [0, 1, 2, 3],
      ranges: KEYS.filter((key) => key >= 'key-1' && key <= 'key-19').sort(),
      absent: { isSuccess: false, failureReason: 'DOES_NOT_EXIST' },
      lags: [0, 0, 0, 0],
      wrongKind: 'the store counts cannot be read as sessionStore: it is another kind of store',
    })
  })

  test('should hand tasks and their files over when threads are added and removed, and wait while they are paused', async () => {
    const given = await topics()
    const reader = await cluster.read(given.OUTPUT)
    const app = await start({ topics: given, config: { applicationId: cluster.unique('add'), numStreamThreads: 2 }, engine: 'lmdb' })
    await sendRounds(given.INPUT, 2)
    const sending = sendRounds(given.INPUT, 2)
    expect(await app.ask(({ streams }) => streams.addStreamThread())).toMatch(/-StreamThread-3$/)
    await eventually(async () => (await app.ask(isRunning)) && (await app.ask(tasksOf)).map(({ length }) => length).sort().join() === '1,1,2')
    await sending
    expect(await app.ask(({ streams }) => streams.removeStreamThread())).toMatch(/-StreamThread-3$/)
    expect(await app.ask(({ streams }) => streams.removeStreamThread())).toMatch(/-StreamThread-2$/)
    await eventually(async () => (await app.ask(isRunning)) && (await app.ask(tasksOf)).map(({ length }) => length).join() === '4')
    await untilCounted(reader, 4)
    expect(reader.records).toHaveLength(4 * KEYS.length)

    await app.ask(({ streams }) => streams.pause())
    await sendRounds(given.INPUT, 1)
    expect(await app.ask(({ streams }) => streams.store<string, number>('counts').get('key-1'))).toBe(4)
    await app.ask(({ streams }) => streams.resume())
    await untilCounted(reader, 5)
  })

  test('should share work and queries with a thread in the event loop when they are added to it', async () => {
    const given = await topics()
    await sendRounds(given.INPUT, 2)
    const app = await start({ topics: given, config: { applicationId: cluster.unique('mixed') } })
    await app.ask(({ streams }) => {
      Object.assign(globalThis, { counts: streams.store<string, number>('counts') })
      return streams.addStreamThread()
    })
    await eventually(async () => (await app.ask(isRunning)) && (await app.ask(tasksOf)).map(({ length }) => length).join() === '2,2')
    await untilCounted(await cluster.read(given.OUTPUT), 2)
    const answers = await app.ask(async ({ streams, millrace: { KeyQuery } }, keys) => {
      // the handle is older than the worker
      const { counts } = globalThis as unknown as { counts: ReturnType<typeof streams.store<string, number>> }
      const rows: [string, number][] = []
      for await (const row of counts.all()) rows.push(row)
      const results = await Promise.all(keys.map((key) => streams.query({ store: 'counts', query: KeyQuery.withKey<string, number>(key) })))
      return {
        values: await Promise.all(keys.map((key) => counts.get(key))),
        rows: rows.length,
        entries: await counts.approximateNumEntries(),
        results: results.map(({ onlyPartitionResult: found, partitionResults }) => (found?.isSuccess === true ? [found.result, partitionResults.size] : [])),
        label: await streams.store<string, string>('labels').get('key-1'),
        lags: (await streams.allLocalStorePartitionLags()).get('counts')?.size,
      }
    }, KEYS)
    expect(answers).toEqual({ values: KEYS.map(() => 2), rows: 40, entries: 40, results: KEYS.map(() => [2, 4]), label: 'label-key-1', lags: 4 })
  })

  test.each([
    ['throws', 'throw', { name: 'ProcessingError', code: 'MILLRACE_TASK_PROCESSING_FAILED', isOurs: true, cause: { name: 'RangeError', message: 'cannot take poison', cause: 'it is poison' } }],
    ['leaves its process', 'exit', { name: 'WorkerEndedError', code: 'MILLRACE_THREAD_WORKER_ENDED', isOurs: true }],
    ['needs more memory than it may have', 'memory', { name: 'WorkerEndedError', isOurs: true, cause: { code: 'ERR_WORKER_OUT_OF_MEMORY' } }],
    ['has an error that nobody catches', 'uncaught', { name: 'WorkerEndedError', isOurs: true, cause: { message: 'nobody catches this' } }],
  ])('should be replaced, and count each record exactly once, when one %s', async (_what, poison, failure) => {
    const given = await topics()
    const reader = await cluster.read(given.OUTPUT, 'read_committed')
    const app = await start({
      topics: given,
      config: { applicationId: cluster.unique(`replace-${poison}`), numStreamThreads: 2, processingGuarantee: 'exactly_once_v2' },
      answer: 'REPLACE_THREAD',
      engine: poison === 'exit' ? 'leveldb' : 'lmdb',
      options: poison === 'memory' ? { resourceLimits: { maxOldGenerationSizeMb: 60 } } : {},
    })
    await sendRounds(given.INPUT, 2)
    await cluster.send(given.INPUT, [{ key: 'poison', value: poison }])
    await sendRounds(given.INPUT, 2)
    await untilCounted(reader, 4)
    expect(reader.records.filter(({ key }) => key?.toString() !== 'poison')).toHaveLength(4 * KEYS.length)
    expect(await app.ask(failuresOf)).toMatchObject([failure])
    await eventually(async () => (await app.ask(isRunning)) && (await app.ask(tasksOf)).length === 2)
    expect(await app.end('SIGTERM')).toBe(0)
  })

  test('should stop the client, or the whole application, when the handler says so', async () => {
    for (const [answer, other] of [['SHUTDOWN_CLIENT', 'RUNNING'], ['SHUTDOWN_APPLICATION', 'ERROR']] as const) {
      const given = await topics()
      const applicationId = cluster.unique(answer.toLowerCase())
      rmSync(path.join(directory, 'poisoned'), { force: true })
      const config = { applicationId, numStreamThreads: 2, numStandbyReplicas: 1 }
      const [first, second] = await Promise.all([1, 2].map((n) => start({ topics: given, config, answer, stateDir: `${answer}-${n}` })))
      await eventually(async () => (await Promise.all([first!, second!].map((app) => app.ask(tasksOf)))).every((tasks) => tasks.flat().length === 2))
      await sendRounds(given.INPUT, 1)
      await eventually(() => first!.ask(({ heard }) => heard.standbys.some((line) => /^batch counts [01]_[0-3]$/.test(line))))
      await cluster.send(given.INPUT, [{ key: 'poison', value: answer === 'SHUTDOWN_CLIENT' ? 'throw' : 'exit' }])
      const states = () => Promise.all([first!, second!].map((app) => app.ask(stateOf)))
      await eventually(async () => (await states()).sort().join() === ['ERROR', other].sort().join())
      for (const app of [first!, second!]) await app.end('SIGKILL')
    }
  })

  test('should say what is wrong with a module, or with a setting that is no data', async () => {
    const given = await topics()
    const app = await start({ topics: given, config: { applicationId: cluster.unique('wrong') } })
    const refusals = await app.ask(async ({ millrace: { KafkaStreams, StreamsBuilder } }, bootstrapServers, good) => {
      const refusal = async (topology: ConstructorParameters<typeof KafkaStreams>[0], settings: object, options?: object): Promise<string> => {
        try {
          const streams = new KafkaStreams(topology, { applicationId: 'wrong', bootstrapServers, numStreamThreads: 2, ...settings }, options)
          await streams.start().finally(() => streams.close())
          return 'none'
        } catch (error) {
          return (error as Error).message
        }
      }
      const builder = new StreamsBuilder()
      builder.stream('somewhere')
      return [
        await refusal('./no-such-module.js', {}),
        await refusal(new URL('data:text/javascript,export default 3'), {}),
        await refusal(good, { deserializationExceptionHandler: () => 'fail' }),
        await refusal(builder.build(), {}, { workers: true }),
      ]
    }, cluster.bootstrapServers, path.resolve('test/integration/helpers/workers-topology.mjs'))
    expect(refusals).toEqual([
      expect.stringMatching(/^the topology's module file:\/\/.*no-such-module\.js cannot be loaded: /),
      expect.stringMatching(/ exports no topology: /),
      expect.stringMatching(/^deserialization\.exception\.handler is no data and cannot be sent to worker threads: /),
      expect.stringMatching(/^worker threads load the topology by themselves: /),
    ])
  })
})
