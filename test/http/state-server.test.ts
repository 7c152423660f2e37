import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { QueriedStreams, StateServer, StateView } from '../../lib/http/index.ts'
import { ListenError, startStateServer } from '../../lib/http/index.ts'
import type { HostInfo, StreamsMetadata } from '../../lib/index.ts'
import { InvalidStateStoreError } from '../../lib/index.ts'

interface Part {
  readonly kind: string
  readonly count: number
}

interface Count {
  readonly count: number
}

const STORE = 'counts'
const valueSchema = { type: 'object', properties: { count: { type: 'number' } } }

const metadataOf = (host: HostInfo, ...stores: string[]): StreamsMetadata => ({
  host,
  stateStoreNames: new Set(stores),
  topicPartitions: [],
  standbyStateStoreNames: new Set(),
  standbyTopicPartitions: [],
})

/** An instance whose client is a fake: its state, what it knows of the group, and its parts are what the test says. */
class Instance {
  state: QueriedStreams['state'] = 'RUNNING'
  group: StreamsMetadata[] = []
  parts: readonly Part[] | Error = []
  server!: StateServer
  self!: HostInfo

  async start(): Promise<this> {
    this.server = await startStateServer<Part, Count>({
      port: 0,
      valueSchema,
      serve: (port) => {
        this.self = { host: '127.0.0.1', port }
        return { streams: this.streams, view: this.view, self: this.self }
      },
    })
    open.push(this.server)
    return this
  }

  get streams(): QueriedStreams {
    const state = () => this.state
    return {
      get state() {
        return state()
      },
      metrics: () => [{ group: 'stream-metrics', name: 'alive-stream-threads', tags: { 'client-id': 'me' }, description: 'How many', value: 1 }],
      streamsMetadataForStore: () => this.group,
      metadataForAllStreamsClients: () => this.group,
    }
  }

  get view(): StateView<Part, Count> {
    const combine = (parts: readonly Part[]): Count => ({ count: parts.reduce((sum, { count }) => sum + count, 0) })
    return {
      storeName: STORE,
      local: async () => {
        if (this.parts instanceof Error) throw this.parts
        return this.parts
      },
      combine,
      combineFor: (dataType, parts) => {
        const own = parts.filter(({ kind }) => kind === dataType)
        return own.length === 0 ? undefined : combine(own)
      },
    }
  }

  async get(path: string): Promise<{ status: number; body: unknown; retryAfter: unknown }> {
    const { statusCode, body, headers } = await this.server.app.inject({ method: 'GET', url: path })
    return { status: statusCode, body: JSON.parse(body) as unknown, retryAfter: headers['retry-after'] }
  }
}

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

const single = async (): Promise<Instance> => {
  const instance = await new Instance().start()
  instance.group = [metadataOf(instance.self, STORE)]
  return instance
}

const pair = async (): Promise<[Instance, Instance]> => {
  const [one, two] = [await new Instance().start(), await new Instance().start()]
  one.group = two.group = [metadataOf(one.self, STORE), metadataOf(two.self, STORE, 'others')]
  return [one, two]
}

describe('/state/value', () => {
  test('should answer from the parts of this instance when it has all', async () => {
    const instance = await single()
    instance.parts = [{ kind: 'wine', count: 3 }, { kind: 'beer', count: 4 }]
    expect(await instance.get('/state/value')).toMatchObject({ status: 200, body: { count: 7 } })
  })

  test('should answer the same for the whole application whichever instance is asked', async () => {
    const [one, two] = await pair()
    one.parts = [{ kind: 'wine', count: 3 }]
    two.parts = [{ kind: 'wine', count: 4 }, { kind: 'wine', count: 5 }]
    expect(await one.get('/state/value')).toMatchObject({ status: 200, body: { count: 12 } })
    expect(await two.get('/state/value')).toMatchObject({ status: 200, body: { count: 12 } })
  })

  test('should ask the others when this instance has no part itself', async () => {
    const [one, two] = await pair()
    one.group = [metadataOf(two.self, STORE)]
    one.parts = new InvalidStateStoreError('not here')
    two.parts = [{ kind: 'wine', count: 4 }]
    expect(await one.get('/state/value')).toMatchObject({ status: 200, body: { count: 4 } })
  })

  test('should be unavailable, not wrong, when another instance does not answer', async () => {
    const [one, two] = await pair()
    one.parts = [{ kind: 'wine', count: 3 }]
    await two.server.close()
    const { status, body, retryAfter } = await one.get('/state/value')
    expect({ status, retryAfter }).toEqual({ status: 503, retryAfter: '1' })
    expect(body).toMatchObject({ code: 'MILLRACE_QUERY_PEER_UNAVAILABLE', message: expect.stringContaining(`127.0.0.1:${two.self.port}`) as string })
  })

  test('should be unavailable when another instance is rebalancing', async () => {
    const [one, two] = await pair()
    two.parts = new InvalidStateStoreError('rebalancing')
    expect(await one.get('/state/value')).toMatchObject({ status: 503, body: { code: 'MILLRACE_QUERY_PEER_UNAVAILABLE', message: expect.stringContaining('HTTP 503') as string } })
  })

  test('should be unavailable when this instance is rebalancing', async () => {
    const instance = await single()
    instance.parts = new InvalidStateStoreError('the stream thread is PARTITIONS_ASSIGNED')
    expect(await instance.get('/state/value')).toMatchObject({ status: 503, retryAfter: '1', body: { code: 'MILLRACE_STORE_INVALID' } })
  })

  test('should be unavailable when nobody is known to have the state', async () => {
    const instance = await single()
    instance.state = 'REBALANCING'
    instance.group = []
    expect(await instance.get('/state/value')).toMatchObject({
      status: 503,
      body: { code: 'MILLRACE_QUERY_NOT_ASSIGNED', message: expect.stringContaining('REBALANCING') as string },
    })
  })

  test('should be an error of the server when reading fails for another reason', async () => {
    const instance = await single()
    instance.parts = new Error('the disk is gone')
    expect(await instance.get('/state/value')).toMatchObject({ status: 500, body: { message: 'the disk is gone' } })
  })

  test('should be unavailable when what answers for another instance is no such server', async () => {
    const stranger = createServer((_request, response) => response.writeHead(404).end())
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    open.push({ close: () => new Promise((resolve) => stranger.close(() => resolve())) })
    const instance = await single()
    instance.group.push(metadataOf({ host: '127.0.0.1', port: (stranger.address() as AddressInfo).port }, STORE))
    expect(await instance.get('/state/value')).toMatchObject({ status: 503 })
  })
})

describe('/state/value/<dataType>', () => {
  test('should answer for that data type over all instances', async () => {
    const [one, two] = await pair()
    one.parts = [{ kind: 'wine', count: 3 }]
    two.parts = [{ kind: 'wine', count: 4 }, { kind: 'beer', count: 9 }]
    expect(await one.get('/state/value/wine')).toMatchObject({ status: 200, body: { count: 7 } })
    expect(await one.get('/state/value/beer')).toMatchObject({ status: 200, body: { count: 9 } })
  })

  test('should not find a data type that nobody knows', async () => {
    const instance = await single()
    expect(await instance.get('/state/value/cider')).toMatchObject({
      status: 404,
      body: { code: 'MILLRACE_QUERY_UNKNOWN_TYPE', message: "nothing is known of data type 'cider'" },
    })
  })
})

describe('/state/instances', () => {
  test('should list every instance with its stores', async () => {
    const [one, two] = await pair()
    const expected = [
      { host: '127.0.0.1', port: one.self.port, storeNames: [STORE] },
      { host: '127.0.0.1', port: two.self.port, storeNames: [STORE, 'others'] },
    ]
    expect(await one.get('/state/instances')).toMatchObject({ status: 200, body: expected })
    expect(await two.get('/state/instances')).toMatchObject({ status: 200, body: expected })
  })
})

describe('/healthz and /readyz', () => {
  test.each([
    ['CREATED', 200, 503],
    ['REBALANCING', 200, 503],
    ['RUNNING', 200, 200],
    ['PENDING_SHUTDOWN', 200, 503],
    ['NOT_RUNNING', 503, 503],
    ['PENDING_ERROR', 503, 503],
    ['ERROR', 503, 503],
  ] as const)('should answer in state %s with %i and %i', async (state, health, ready) => {
    const instance = await single()
    instance.state = state
    expect(await instance.get('/healthz')).toMatchObject({ status: health, body: { state } })
    expect(await instance.get('/readyz')).toMatchObject({ status: ready, body: { state } })
  })
})

describe('other addresses', () => {
  test('should say what there is when there is no such address', async () => {
    const instance = await single()
    expect(await instance.get('/nothing/here')).toMatchObject({
      status: 404,
      body: { code: 'MILLRACE_HTTP_NOT_FOUND', message: 'there is no GET /nothing/here; see /openapi.json' },
    })
  })

  test('should refuse methods that change something', async () => {
    const instance = await single()
    const response = await instance.server.app.inject({ method: 'POST', url: '/state/value', payload: {} })
    expect(response.statusCode).toBe(404)
  })
})

describe('/openapi.json', () => {
  interface Operation {
    readonly summary: string
    readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: object }[]
    readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Readonly<Record<string, { readonly schema: object }>> }>>
  }
  interface Document {
    readonly openapi: string
    readonly info: { readonly title: string; readonly version: string }
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  }

  test('should describe every address with all its answers, by the rules of OpenAPI 3', async () => {
    const instance = await single()
    const document = (await instance.get('/openapi.json')).body as Document
    expect(document.openapi).toMatch(/^3\.\d\.\d$/)
    expect(document.info).toMatchObject({ title: 'Millrace state', version: '1' })
    expect(Object.keys(document.paths).sort()).toEqual(['/healthz', '/readyz', '/state/instances', '/state/value', '/state/value/{dataType}'])
    for (const [path, operations] of Object.entries(document.paths)) {
      const templated = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      for (const [method, { summary, parameters = [], responses }] of Object.entries(operations)) {
        expect(method).toBe('get')
        expect(summary).not.toBe('')
        expect(parameters.filter((each) => each.in === 'path' && each.required).map(({ name }) => name)).toEqual(templated)
        expect(responses).toHaveProperty('200')
        for (const [status, { description, content }] of Object.entries(responses)) {
          expect(status).toMatch(/^[1-5]\d\d$/)
          expect(description).not.toBe('')
          expect(content['application/json']?.schema).toHaveProperty('type')
        }
      }
    }
  })
})

describe('starting', () => {
  test('should fail with the address, and make nothing, when the port is taken', async () => {
    const instance = await single()
    let made = false
    const attempt = startStateServer<Part, Count>({
      port: instance.server.port,
      valueSchema,
      serve: () => {
        made = true
        throw new Error('not to be called')
      },
    })
    await expect(attempt).rejects.toThrow(`cannot listen on 127.0.0.1:${instance.server.port}: another program listens there`)
    await expect(attempt).rejects.toBeInstanceOf(ListenError)
    expect(made).toBe(false)
  })

  test('should free the port again when the application cannot be made', async () => {
    let taken = 0
    const attempt = startStateServer<Part, Count>({
      port: 0,
      valueSchema,
      serve: (port) => {
        taken = port
        throw new Error('a wrong setting')
      },
    })
    await expect(attempt).rejects.toThrow('a wrong setting')
    await expect(fetch(`http://127.0.0.1:${taken}/healthz`)).rejects.toThrow()
  })
})

describe('/metrics', () => {
  test('should answer with text for Prometheus', async () => {
    const instance = await single()
    const answer = await fetch(`http://127.0.0.1:${instance.self.port}/metrics`)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await answer.text()).toContain('kafka_streams_stream_metrics_alive_stream_threads{client_id="me"} 1')
  })
})
