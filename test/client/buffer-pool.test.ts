import { BufferPool } from '../../lib/client/buffer-pool.ts'

describe('BufferPool', () => {
  test('should hand out a buffer again when it was given back and is large enough', () => {
    const pool = new BufferPool(1024 * 1024)
    const first = pool.take(100_000)
    pool.give(first)
    expect(pool.take(90_000)).toBe(first)
    expect(pool.freeBytes).toBe(0)
  })

  test('should choose the smallest that fits when several are free', () => {
    const pool = new BufferPool(10 * 1024 * 1024)
    const [large, small] = [pool.take(1_000_000), pool.take(70_000)]
    pool.give(large)
    pool.give(small)
    expect(pool.take(66_000)).toBe(small)
    expect(pool.take(66_000)).toBe(large)
  })

  test('should let a buffer go when more would be kept than allowed', () => {
    const pool = new BufferPool(100_000)
    const kept = pool.take(60_000)
    pool.give(kept)
    pool.give(Buffer.alloc(65_536))
    expect(pool.freeBytes).toBe(kept.length)
  })
})
