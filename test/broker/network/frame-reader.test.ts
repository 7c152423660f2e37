import fc from 'fast-check'
import { FrameReader, FrameSizeError } from '../../../lib/broker/network/frame-reader.ts'

const framed = (frame: Uint8Array): Buffer => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(frame.length)
  return Buffer.concat([size, frame])
}

describe('FrameReader', () => {
  test('should give the same frames however the bytes are cut', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (frames, cuts) => {
      const bytes = Buffer.concat(frames.map(framed))
      const seen: string[] = []
      const reader = new FrameReader(1000, (frame) => seen.push(frame.toString('hex')))
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const end = Math.min(bytes.length, at + cuts[i % cuts.length]!)
        reader.push(Buffer.from(bytes.subarray(at, end)))
        at = end
      }
      expect(seen).toEqual(frames.map((frame) => Buffer.from(frame).toString('hex')))
    }))
  })

  test.each([-1, 1001])('should refuse a size of %i when the limit is 1000', (size) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(size)
    expect(() => new FrameReader(1000, () => {}).push(bytes)).toThrow(FrameSizeError)
  })
})
