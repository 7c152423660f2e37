import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { byValue, createModel, encodeModelDescriptor, decodeModelDescriptor, loadModel, ModelError, scoreNumber, wineFields, wineRecordFromCsv } from '../../lib/models/index.ts'
import type { AddressInfo } from 'node:net'
import type { Server, ServerResponse } from 'node:http'
import type { LoadOptions, Model, ModelDescriptor } from '../../lib/models/index.ts'

const file = path.resolve('data/linear-regression.pmml')
const bytes = readFileSync(file)
const wine = wineRecordFromCsv(readFileSync('data/invented-wines.csv', 'utf8').split('\n')[0]!)
const inline: ModelDescriptor = { name: 'linear', description: '', dataType: 'wine', modelType: 'PMML', data: bytes }
const at = (location: string): ModelDescriptor => ({ ...inline, data: undefined, location })
const options: LoadOptions = { mapping: wineFields }

const refusal = async (descriptor: ModelDescriptor, more: LoadOptions = {}): Promise<ModelError> => {
  try {
    (await loadModel(descriptor, { ...options, ...more })).close()
  } catch (error) {
    if (error instanceof ModelError) return error
    throw error
  }
  throw new Error('the model was loaded')
}

let server: Server
let base: string
let directory: string
const waiting: ServerResponse[] = []

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-models-'))
  server = createServer((request, response) => {
    const url = request.url ?? ''
    if (url === '/model') response.end(bytes)
    else if (url === '/moved') response.writeHead(302, { location: '/model' }).end()
    else if (url === '/loop') response.writeHead(302, { location: '/loop' }).end()
    else if (url === '/to-file') response.writeHead(302, { location: pathToFileURL(file).href }).end()
    else if (url === '/slow') waiting.push(response)
    else if (url === '/trickle') {
      response.write('<')
      waiting.push(response)
    } else if (url === '/endless') {
      const more = (): void => { while (!response.destroyed && response.write(Buffer.alloc(65536))); }
      response.on('drain', more)
      more()
    } else if (url === '/announced') response.writeHead(200, { 'content-length': '1000000000' }).write('<')
    else if (url === '/empty') response.end()
    else if (url === '/half') {
      response.writeHead(200, { 'content-length': String(bytes.byteLength) })
      response.write(bytes.subarray(0, 100), () => { response.destroy() })
    } else response.writeHead(404).end('no such model')
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => { server.close(resolve) })
  rmSync(directory, { recursive: true, force: true })
})

test.each([
  ['by value', () => inline],
  ['by path', () => at(file)],
  ['by file URL', () => at(pathToFileURL(file).href)],
  ['by http URL', () => at(`${base}/model`)],
  ['through a redirect', () => at(`${base}/moved`)],
])('a model %s should be loaded and score', async (_how, descriptor) => {
  const model = await loadModel(descriptor(), options)
  expect(scoreNumber(model.score(wine).value)).toBeCloseTo(scoreNumber(createModel(inline, options).score(wine).value)!, 12)
  model.close()
})

test.each([
  ['a path that is not there', () => at('/nowhere/model.pmml'), 'MILLRACE_MODEL_LOCATION_UNREACHABLE', /ENOENT/],
  ['a folder', () => at(directory), 'MILLRACE_MODEL_LOCATION_UNREACHABLE', /regular file/],
  ['an unknown scheme', () => at('ftp://127.0.0.1/x'), 'MILLRACE_MODEL_LOCATION_UNSUPPORTED', /ftp/],
  ['a file URL of another host', () => at('file://elsewhere/x'), 'MILLRACE_MODEL_LOCATION_UNREACHABLE', /host/i],
  ['an answer of 404', () => at(`${base}/missing`), 'MILLRACE_MODEL_LOCATION_UNREACHABLE', /404/],
  ['a redirect without end', () => at(`${base}/loop`), 'MILLRACE_MODEL_LOCATION_UNREACHABLE', /5 redirects/],
  ['a redirect to a file', () => at(`${base}/to-file`), 'MILLRACE_MODEL_LOCATION_UNREACHABLE', /file:/],
  ['an empty answer', () => at(`${base}/empty`), 'MILLRACE_MODEL_CONTENT_EMPTY', /0 bytes/],
  ['an answer that breaks off', () => at(`${base}/half`), 'MILLRACE_MODEL_LOCATION_UNREACHABLE', /linear|terminated|aborted|model at/],
  ['a port where nobody listens', () => at('http://127.0.0.1:1/x'), 'MILLRACE_MODEL_LOCATION_UNREACHABLE', /ECONNREFUSED|bad port/],
])('%s should be refused with its reason', async (_what, descriptor, code, message) => {
  const error = await refusal(descriptor())
  expect(error.code).toBe(code)
  expect(error.message).toMatch(message)
})

test.each(['/endless', '/announced'])('an answer larger than the limit (%s) should be refused without being read whole', async (url) => {
  expect((await refusal(at(base + url), { maxBytes: 100_000 })).code).toBe('MILLRACE_MODEL_CONTENT_TOO_LARGE')
})

test('a file and a value larger than the limit should be refused', async () => {
  expect((await refusal(at(file), { maxBytes: 100 })).code).toBe('MILLRACE_MODEL_CONTENT_TOO_LARGE')
  expect((await refusal(inline, { maxBytes: 100 })).code).toBe('MILLRACE_MODEL_CONTENT_TOO_LARGE')
})

test.each(['/slow', '/trickle'])('a server that does not finish (%s) should be given up after the time-out', async (url) => {
  const error = await refusal(at(base + url), { timeoutMs: 50 })
  expect(error.code).toBe('MILLRACE_MODEL_LOAD_TIMED_OUT')
  expect(error.message).toMatch(/50 ms/)
})

test('loading should end when its signal is aborted', async () => {
  const stop = new AbortController()
  const loading = refusal(at(`${base}/slow`), { signal: stop.signal })
  stop.abort()
  expect((await loading).code).toBe('MILLRACE_MODEL_LOAD_ABORTED')
})

test('a named pipe should be refused without waiting for a writer', async () => {
  const pipe = path.join(directory, 'pipe')
  execFileSync('mkfifo', [pipe])
  expect((await refusal(at(pipe))).message).toMatch(/regular file/)
})

test('the error of a bad model should name the model and keep its code', async () => {
  const error = await refusal({ ...inline, data: Buffer.from('<PMML') })
  expect(error.code).toBe('MILLRACE_MODEL_MALFORMED')
  expect(error.message).toMatch(/model 'linear'/)
})

test('an unknown kind of model should be refused before anything is fetched', async () => {
  expect((await refusal({ ...at(`${base}/slow`), modelType: 'toString' })).code).toBe('MILLRACE_MODEL_TYPE_UNKNOWN')
})

test('a model by reference should come back from its bytes when the location is gone', async () => {
  const copy = path.join(directory, 'copy.pmml')
  writeFileSync(copy, bytes)
  const stored = encodeModelDescriptor(await byValue(at(copy)))
  rmSync(copy)
  const model = createModel(decodeModelDescriptor(stored), options)
  expect(scoreNumber(model.score(wine).value)).toBeGreaterThan(0)
})

test('createModel should refuse a model by reference', () => {
  expect(() => createModel(at(file))).toThrow(/by reference/)
})

test('a factory of the user should make models of its own kind', async () => {
  const model: Model = { name: 'mine', type: 'MINE', inputs: [], score: () => ({ value: 42, outputs: {} }), explain: () => ({ value: 42, outputs: {} }), close: () => {} }
  const loaded = await loadModel({ ...inline, modelType: 'MINE' }, { factories: { MINE: { create: () => Promise.resolve(model) } } })
  expect(loaded.score({}).value).toBe(42)
})

test('a closed model should say so', async () => {
  const model = await loadModel(inline, options)
  model.close()
  model.close()
  expect(() => model.score(wine)).toThrow(/is closed/)
})
