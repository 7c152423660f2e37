import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { DeferredBytes } from '../../../lib/protocol/message-writer.ts'
import { FrameWriter } from '../../../lib/broker/network/frame-writer.ts'

const PIECE = 100_000

/** So many pieces, each of its own byte; knows how many were brought and whether anybody still wants it. */
class Counted extends DeferredBytes {
  readonly length: number
  brought = 0
  sentPieces = 0
  isReleased = false

  constructor(pieces: number) {
    super()
    this.length = pieces * PIECE
  }

  next(): Buffer {
    return Buffer.alloc(PIECE, ++this.brought)
  }

  sent(): void {
    this.sentPieces++
  }

  release(): void {
    this.isReleased = true
  }
}

interface Pair {
  readonly writer: FrameWriter
  readonly server: Socket
  readonly client: Socket
}

/** Two ends of a connection, the first of which a writer has. */
const withPair = async (run: (pair: Pair) => Promise<void>): Promise<void> => {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1')
  const [server] = (await once(listener, 'connection')) as [Socket]
  const writer = new FrameWriter(server, { onSent: () => {}, onError: () => server.destroy() })
  server.on('error', () => {})
  client.on('error', () => {})
  server.on('close', () => writer.close())
  await run({ writer, server, client })
  client.destroy()
  server.destroy()
  listener.close()
}

const received = async (client: Socket): Promise<Buffer> => {
  const pieces: Buffer[] = []
  for await (const piece of client) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

describe('FrameWriter', () => {
  test('should send frames in order, with what is deferred in its place, and then close when it is told to', () => withPair(async ({ writer, client }) => {
    const three = new Counted(3)
    writer.write([Buffer.from('a'), three, Buffer.from('b')])
    writer.write([Buffer.from('c')])
    writer.write([new Counted(1)])
    writer.end()
    const pieces = [Buffer.from('a'), ...[1, 2, 3].map((byte) => Buffer.alloc(PIECE, byte)), Buffer.from('bc'), Buffer.alloc(PIECE, 1)]
    expect((await received(client)).equals(Buffer.concat(pieces))).toBe(true)
    expect([writer.unsentBytes, three.sentPieces]).toEqual([0, 3])
  }))

  test('should bring no more than the client takes, but count all of it as unsent', () => withPair(async ({ writer, server, client }) => {
    const [much, behind] = [new Counted(1000), new Counted(1)]
    client.pause()
    writer.write([much])
    writer.write([behind])
    // The system has taken what it will when nothing has moved for a turn of the event loop.
    let before = -1
    while (before !== much.brought) {
      before = much.brought
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(much.brought).toBeLessThan(1000)
    expect(behind.brought).toBe(0)
    expect(writer.unsentBytes).toBeGreaterThan((1000 - much.brought) * PIECE)
    server.destroy()
    await once(server, 'close')
    expect([much.isReleased, behind.isReleased]).toEqual([true, true])
  }))

  test('should close the connection when bytes cannot be brought', () => withPair(async ({ writer, client }) => {
    const torn = new Counted(3)
    torn.next = () => {
      if (torn.brought++ > 1) throw new Error('the file is gone')
      return Buffer.alloc(PIECE)
    }
    writer.write([torn])
    expect((await received(client)).length).toBeLessThanOrEqual(2 * PIECE)
  }))
})
