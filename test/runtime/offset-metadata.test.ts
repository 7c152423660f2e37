import { decodeOffsetMetadata, encodeOffsetMetadata } from '../../lib/runtime/offset-metadata.ts'

describe('metadata of committed offsets', () => {
  test.each([-1, 0, 1_795_261_059_335])('should say that the partition time was %d', (partitionTime) => {
    const metadata = { partitionTime, times: new Map() }
    expect(decodeOffsetMetadata(encodeOffsetMetadata(metadata))).toEqual(metadata)
  })

  test('should hold what processors remember, when they do', () => {
    const metadata = { partitionTime: 5, times: new Map([['store-é', 1_795_261_059_335], ['b', 0]]) }
    expect(decodeOffsetMetadata(encodeOffsetMetadata(metadata))).toEqual(metadata)
  })

  test("should be written and read in Java's form", () => {
    const bytes = (...list: number[]): string => Buffer.from(list).toString('base64')
    expect(encodeOffsetMetadata({ partitionTime: 1, times: new Map() })).toBe(bytes(2, 0, 0, 0, 0, 0, 0, 0, 1))
    expect(encodeOffsetMetadata({ partitionTime: 1, times: new Map([['s', 7]]) }))
      .toBe(bytes(2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 115, 0, 0, 0, 0, 0, 0, 0, 7))
    expect(decodeOffsetMetadata(bytes(1, 0, 0, 0, 0, 0, 0, 0, 7)).partitionTime).toBe(7)
  })

  test.each([undefined, '', 'by hand'])('should say nothing when it is %j', (metadata) => {
    expect(decodeOffsetMetadata(metadata)).toEqual({ partitionTime: -1, times: new Map() })
  })

  test('should keep the partition time when the rest is cut off', () => {
    const cut = Buffer.from([2, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 9, 1]).toString('base64')
    expect(decodeOffsetMetadata(cut)).toEqual({ partitionTime: 7, times: new Map() })
  })
})
