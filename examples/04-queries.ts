import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { formatHost, InvalidStateStoreError, KafkaStreams } from '../lib/index.ts'
import { counts, wordCount } from './01-word-count.ts'
import { prepareTopics } from './shared/surroundings.ts'
import type { Surroundings } from './shared/surroundings.ts'

interface Answer {
  readonly status: number
  readonly body: object
}

/** A word's count, from this instance when it has it, else from the one that does. */
const countOf = async (streams: KafkaStreams, word: string): Promise<Answer> => {
  const owner = streams.queryMetadataForKey(counts, word)?.activeHost
  if (owner === undefined) return { status: 503, body: { reason: 'rebalancing, try again' } }
  const self = streams.host
  if (self !== undefined && formatHost(owner) !== formatHost(self)) {
    const response = await fetch(`http://${formatHost(owner)}/count/${encodeURIComponent(word)}`)
    return { status: response.status, body: (await response.json()) as object }
  }
  try {
    return { status: 200, body: { word, count: (await streams.store(counts).get(word)) ?? 0 } }
  } catch (error) {
    // the store is being restored, or has just moved
    if (error instanceof InvalidStateStoreError) return { status: 503, body: { reason: error.message } }
    throw error
  }
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })

/** `GET /count/<word>` answers for the whole application, whichever instance is asked. */
export const run = async (surroundings: Surroundings): Promise<void> => {
  const { bootstrapServers, stateDir, signal, print } = surroundings
  await prepareTopics(surroundings, [{ topic: 'lines', records: [[null, 'To be, or not to be']] }, { topic: 'word-counts' }])
  const server = createServer()
  const port = await listen(server, 0)
  print(`http://127.0.0.1:${port}/count/be`)
  const streams = new KafkaStreams(wordCount(), {
    applicationId: 'word-count-queries', bootstrapServers, stateDir, commitIntervalMs: 1000, applicationServer: `127.0.0.1:${port}`,
  })
  server.on('request', (request, response) => {
    const word = decodeURIComponent(/^\/count\/([^/]+)$/.exec(request.url ?? '')?.[1] ?? '').toLowerCase()
    const answering = word === '' ? Promise.resolve({ status: 404, body: {} }) : countOf(streams, word)
    answering
      .catch((error: unknown) => ({ status: 500, body: { reason: String(error) } }))
      .then(({ status, body }) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)))
  })
  try {
    await streams.run({ signal })
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
