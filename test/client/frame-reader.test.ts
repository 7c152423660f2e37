import fc from 'fast-check'
import { BufferPool } from '../../lib/client/buffer-pool.ts'
import { FrameReader } from '../../lib/client/frame-reader.ts'
import type { Frame } from '../../lib/client/frame-reader.ts'

const framed = (payload: Buffer): Buffer => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(payload.length)
  return Buffer.concat([size, payload])
}

describe('FrameReader', () => {
  test('should give the same frames however the stream is cut', () => {
    const payloads = fc.array(fc.uint8Array({ minLength: 4, maxLength: 200 }), { maxLength: 8 })
    fc.assert(
      fc.property(payloads, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (bodies, cuts) => {
        const frames: Buffer[] = []
        const reader = new FrameReader((frame) => frames.push(Buffer.from(frame.bytes)))
        const stream = Buffer.concat(bodies.map((body) => framed(Buffer.from(body))))
        for (let p = 0, i = 0; p < stream.length; i++) {
          const end = Math.min(stream.length, p + cuts[i % cuts.length]!)
          // As sockets do it: one buffer for all reads, overwritten by the next.
          const reused = Buffer.alloc(60, 0xee)
          stream.copy(reused, 0, p, end)
          reader.push(reused, end - p)
          reused.fill(0xee)
          p = end
        }
        expect(frames).toEqual(bodies.map((body) => Buffer.from(body)))
      }),
    )
  })

  test('should use the memory of a large frame again when it was released', () => {
    const frames: Frame[] = []
    const reader = new FrameReader((frame) => frames.push(frame), new BufferPool(1024 * 1024))
    const large = framed(Buffer.alloc(50_000, 1))
    reader.push(large)
    frames[0]!.release()
    frames[0]!.release()
    reader.push(large)
    reader.push(large)
    expect(frames[1]!.bytes.buffer).toBe(frames[0]!.bytes.buffer)
    expect(frames[2]!.bytes.buffer).not.toBe(frames[0]!.bytes.buffer)
  })

  test('should refuse a stream that is no Kafka protocol', () => {
    const reader = new FrameReader(() => {})
    expect(() => reader.push(Buffer.from('HTTP/1.1 400 Bad Request'))).toThrow(/no Kafka broker, or speaks TLS/)
  })
})
