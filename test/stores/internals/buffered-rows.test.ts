import type { Engine, EngineBatch, EngineCursor, EngineTable } from '../../../stores/engines/engine.ts'
import { MemoryRows } from '../../../stores/engines/memory.ts'
import { BufferedRows } from '../../../stores/internals/buffered-rows.ts'
import type { RowBytes } from '../../../stores/internals/row-codec.ts'
import type { RowCursor } from '../../../stores/internals/rows.ts'

class HeldTable implements EngineTable {
  readonly name: string
  readonly rows = new MemoryRows<Buffer>()
  gets = 0

  constructor(name: string) {
    this.name = name
  }

  get(key: string): Buffer | undefined {
    this.gets++
    return this.rows.get(key)
  }

  range(from: string, end: string | undefined, reverse: boolean): EngineCursor {
    const cursor = this.rows.range(from, end, reverse)
    return {
      next: () => cursor.next(),
      get key() {
        return cursor.key
      },
      get value() {
        return cursor.row()
      },
      close: () => cursor.close(),
    }
  }

  approximateCount(): number {
    return this.rows.size
  }
}

/** An engine that writes when the test says so, or fails. */
class HeldEngine implements Engine {
  readonly tables = new Map<string, HeldTable>()
  readonly writes: { finish(): void, fail(): void }[] = []

  table(name: string): HeldTable {
    const table = this.tables.get(name) ?? new HeldTable(name)
    this.tables.set(name, table)
    return table
  }

  batch(): EngineBatch {
    const changes: (() => void)[] = []
    return {
      put: (table: EngineTable, key: string, value: Buffer) => changes.push(() => (table as HeldTable).rows.put(key, Buffer.from(value))),
      clear: (table: EngineTable) => changes.push(() => (table as HeldTable).rows.clear()),
      delete: (table: EngineTable, key: string) => changes.push(() => (table as HeldTable).rows.delete(key)),
      write: () => new Promise((resolve, reject) => {
        this.writes.push({
          finish() {
            for (const change of changes) change()
            resolve()
          },
          fail: () => reject(new Error('disk full')),
        })
      }),
    }
  }

  async close(): Promise<void> {}
}

const codec: RowBytes<number> = {
  write: (row, out) => out.writeInt32(row),
  read: (buffer, start) => buffer.readInt32BE(start),
  check: () => {},
  log: () => {},
  restored: (value) => value.readInt32BE(0),
  sizeOf: () => 4,
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const all = (cursor: RowCursor<number>): [string, number][] => {
  const rows: [string, number][] = []
  while (cursor.next()) rows.push([cursor.key, cursor.row()])
  return rows
}

describe('the write buffer', () => {
  let engine: HeldEngine
  let rows: BufferedRows<number>
  const offsets = (offset: number): Map<string, number> => new Map([['t-0', offset]])

  beforeEach(() => {
    engine = new HeldEngine()
    rows = new BufferedRows(engine, 's', codec)
  })

  test('should go on to answer while the engine writes, with later changes above what is being written', async () => {
    rows.put('a', 1)
    rows.put('b', 1)
    const first = rows.commit(offsets(2))
    await turn()
    rows.put('b', 2)
    rows.put('c', 2)
    rows.delete('a')
    expect([rows.get('a'), rows.get('b'), rows.get('c')]).toEqual([undefined, 2, 2])
    expect(all(rows.range('', undefined, false))).toEqual([['b', 2], ['c', 2]])
    engine.writes[0]!.finish()
    await first
    expect(engine.table('s').rows.get('b')).toEqual(Buffer.from([0, 0, 0, 1]))
    expect(all(rows.range('', undefined, true))).toEqual([['c', 2], ['b', 2]])
    expect(rows.committedOffset('t-0')).toBe(2)
  })

  test('should write commits one after the other, each with its own rows and offset, when they come faster than the engine', async () => {
    rows.put('a', 1)
    const first = rows.commit(offsets(1))
    rows.put('a', 2)
    const second = rows.commit(offsets(2))
    rows.put('a', 3)
    await turn()
    expect(engine.writes).toHaveLength(1)
    expect(rows.get('a')).toBe(3)
    engine.writes[0]!.finish()
    await first
    expect([engine.table('s').rows.get('a')!.readInt32BE(0), rows.committedOffset('t-0')]).toEqual([1, 1])
    await turn()
    engine.writes[1]!.finish()
    await second
    expect([engine.table('s').rows.get('a')!.readInt32BE(0), rows.committedOffset('t-0')]).toEqual([2, 2])
    expect(rows.get('a')).toBe(3)
  })

  test('should keep the rows of a write that failed for the next commit, below those that came later', async () => {
    rows.put('a', 1)
    rows.put('b', 1)
    rows.delete('gone')
    const failing = rows.commit(offsets(3))
    await turn()
    rows.put('b', 2)
    engine.writes[0]!.fail()
    await expect(failing).rejects.toThrow('disk full')
    expect([rows.get('a'), rows.get('b'), rows.committedOffset('t-0')]).toEqual([1, 2, undefined])
    const again = rows.commit(offsets(4))
    await turn()
    engine.writes[1]!.finish()
    await again
    expect(all(rows.range('', undefined, false))).toEqual([['a', 1], ['b', 2]])
    expect(rows.committedOffset('t-0')).toBe(4)
  })

  const restored = (key: string, value: number | undefined): void => {
    const bytes = value === undefined ? undefined : Buffer.of(0, 0, 0, value)
    rows.restore(key, bytes, 7, (given, _timestamp, out) => out.writeBytes(given))
  }

  test('should take rows of the changelog as bytes, the last of each key, and show them before and after they are written', async () => {
    engine.table('s').rows.put('gone', Buffer.of(0, 0, 0, 9))
    expect(rows.get('gone')).toBe(9)
    for (const [key, value] of [['a', 1], ['b', 2], ['a', 3], ['gone', undefined]] as const) restored(key, value)
    expect([rows.get('a'), rows.get('b'), rows.get('gone'), rows.approximateCount()]).toEqual([3, 2, undefined, 2])
    const committed = rows.commit(offsets(4))
    restored('b', 5)
    expect([rows.get('a'), rows.get('b')]).toEqual([3, 5])
    await turn()
    engine.writes[0]!.finish()
    await committed
    expect([rows.get('a'), rows.get('b'), rows.get('gone')]).toEqual([3, 5, undefined])
    expect(engine.table('s').rows.get('b')).toEqual(Buffer.of(0, 0, 0, 2))
    expect(all(rows.range('', undefined, false))).toEqual([['a', 3], ['b', 5]])
  })

  test('should let a row that is put replace one of the changelog, and the other way round', () => {
    restored('a', 1)
    rows.put('a', 2)
    rows.put('b', 2)
    restored('b', 1)
    expect([rows.get('a'), rows.get('b')]).toEqual([2, 1])
    expect(all(rows.range('', undefined, false))).toEqual([['a', 2], ['b', 1]])
  })

  test('should keep rows of the changelog that could not be written below those that came later', async () => {
    restored('a', 1)
    restored('b', 1)
    const failing = rows.commit(offsets(2))
    restored('b', undefined)
    await turn()
    engine.writes[0]!.fail()
    await expect(failing).rejects.toThrow('disk full')
    const second = rows.commit(offsets(3))
    await turn()
    engine.writes[1]!.finish()
    await second
    expect([rows.get('a'), rows.get('b')]).toEqual([1, undefined])
    expect(engine.table('s').rows.get('a')).toEqual(Buffer.of(0, 0, 0, 1))
  })

  test('should ask for a commit when rows of the changelog are long', () => {
    rows.restore('a', Buffer.alloc(5_000_000), 7, (given, _timestamp, out) => out.writeBytes(given))
    expect(rows.wantsCommit).toBe(true)
  })

  test('should ask for a commit when 10,000 rows wait', () => {
    for (let i = 0; i < 9_999; i++) rows.put(`k${i}`, i)
    expect(rows.wantsCommit).toBe(false)
    rows.put('k0', 1)
    expect(rows.wantsCommit).toBe(false)
    rows.delete('other')
    expect(rows.wantsCommit).toBe(true)
    void rows.commit(offsets(1))
    expect(rows.wantsCommit).toBe(false)
  })

  test('should not write when neither rows nor offsets changed', async () => {
    const write = async (offset: number): Promise<number> => {
      const committed = rows.commit(offsets(offset))
      await turn()
      engine.writes.at(-1)?.finish()
      await committed
      return engine.writes.length
    }
    rows.put('a', 1)
    expect(await write(1)).toBe(1)
    expect(await write(1)).toBe(1)
    expect(await write(2)).toBe(2)
  })

  test('should read a row from the engine once, and keep what it committed', async () => {
    engine.table('s').rows.put('old', Buffer.from([0, 0, 0, 7]))
    rows.put('new', 8)
    const committed = rows.commit(offsets(1))
    await turn()
    engine.writes[0]!.finish()
    await committed
    engine.table('s').gets = 0
    expect([rows.get('old'), rows.get('old'), rows.get('new')]).toEqual([7, 7, 8])
    expect(engine.table('s').gets).toBe(1)
  })

  test('should keep the offsets of several stores in one environment apart', async () => {
    const other = new BufferedRows(engine, 'other', codec)
    const committed = [rows.commit(offsets(1)), other.commit(offsets(5))]
    await turn()
    for (const write of engine.writes) write.finish()
    await Promise.all(committed)
    expect([rows.committedOffset('t-0'), other.committedOffset('t-0'), rows.committedOffset('t-1')]).toEqual([1, 5, undefined])
  })
})
