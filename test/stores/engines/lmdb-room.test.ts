import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { LmdbRoom } from '../../../stores/engines/lmdb-room.ts'

const PAGE = 4096

describe('the room of an LMDB file', () => {
  let directory: string
  let file: string
  let sizes: { pageSize: number; used: number; mapped: number }
  let room: LmdbRoom
  const grown: number[] = []

  /** A file of that length which takes no room but for its first pages. */
  beforeEach(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), 'millrace-room-'))
    file = path.join(directory, 'data')
    const descriptor = openSync(file, 'w')
    writeSync(descriptor, Buffer.alloc(3 * PAGE, 7))
    ftruncateSync(descriptor, 1 << 20)
    closeSync(descriptor)
    sizes = { pageSize: PAGE, used: 3 * PAGE, mapped: 1 << 20 }
    grown.splice(0)
    room = new LmdbRoom(directory, 'data', () => sizes, async (bytes) => {
      grown.push(bytes)
      sizes = { ...sizes, used: sizes.used + bytes, mapped: 2 * (sizes.used + bytes) }
    })
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const onDisk = (): number => statSync(file).blocks * 512

  test('should be on the disk before a transaction takes it, those under way included', async () => {
    const [first, second] = await Promise.all([room.take(10, 1000), room.take(100, 200_000)])
    expect(second).toBeGreaterThan(first)
    expect(second).toBeGreaterThan(400_000)
    expect(onDisk()).toBeGreaterThanOrEqual(sizes.used + first + second)
    expect(grown).toEqual([])
  })

  test('should serve again when transactions are done', async () => {
    for (let i = 0; i < 50; i++) room.giveBack(await room.take(10, 1000))
    expect(onDisk()).toBeLessThan(1 << 20)
  })

  test('should be there again when LMDB has made the file shorter', async () => {
    room.giveBack(await room.take(10, 300_000))
    truncateSync(file, 64 * PAGE)
    const taken = await room.take(10, 300_000)
    expect(onDisk()).toBeGreaterThanOrEqual(sizes.used + taken)
  })

  test('should make the map longer first where LMDB would do so twice in one transaction, and wait for others with that', async () => {
    const small = await room.take(10, 1000)
    const large = room.take(1000, 5_000_000)
    await new Promise(setImmediate)
    expect(grown).toEqual([])
    room.giveBack(small)
    expect(await large).toBeGreaterThan(10_000_000)
    expect(grown).toHaveLength(1)
    expect(sizes.used + (await large)).toBeLessThan(2 * sizes.mapped)
    expect(onDisk()).toBeGreaterThan(sizes.used + 10_000_000)
  })

  test('should be made of what a file with holes seems to hold', async () => {
    sizes = { ...sizes, used: 100 * PAGE }
    await room.take(1, 1)
    expect(onDisk()).toBeGreaterThan(164 * PAGE)
  })
})
