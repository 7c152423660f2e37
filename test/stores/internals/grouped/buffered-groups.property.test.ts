import fc from 'fast-check'
import type { Engine, EngineBatch, EngineCursor, EngineTable } from '../../../../stores/engines/engine.ts'
import { MemoryRows } from '../../../../stores/engines/memory.ts'
import { BufferedGroups } from '../../../../stores/internals/grouped/buffered-groups.ts'
import type { GroupedRows } from '../../../../stores/internals/grouped/grouped-rows.ts'
import { rowKey } from '../../../../stores/internals/grouped/grouped-rows.ts'
import { MemoryGroups } from '../../../../stores/internals/grouped/memory-groups.ts'
import { RecentGroups } from '../../../../stores/internals/grouped/recent-groups.ts'
import type { RowBytes } from '../../../../stores/internals/row-codec.ts'

class Table implements EngineTable {
  readonly name: string
  readonly rows = new MemoryRows<Buffer>()

  constructor(name: string) {
    this.name = name
  }

  get(key: string): Buffer | undefined {
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

/** An engine whose writes finish, or fail, when the test says so. */
class HeldEngine implements Engine {
  readonly tables = new Map<string, Table>()
  readonly writes: { readonly rows: number, finish(fails: boolean): void }[] = []

  table(name: string): Table {
    const table = this.tables.get(name) ?? new Table(name)
    this.tables.set(name, table)
    return table
  }

  batch(): EngineBatch {
    const changes: (() => void)[] = []
    const into = (table: EngineTable): MemoryRows<Buffer> => (table as Table).rows
    return {
      put: (table, key, value) => void changes.push(() => into(table).put(key, Buffer.from(value))),
      delete: (table, key) => void changes.push(() => into(table).delete(key)),
      clear: (table) => void changes.push(() => into(table).clear()),
      write: () => new Promise((resolve, reject) => {
        this.writes.push({
          rows: changes.length,
          finish(fails) {
            if (fails) return reject(new Error('disk full'))
            for (const change of changes) change()
            resolve()
          },
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

const visited = (rows: GroupedRows<number>, group: string): number[] => {
  const found: number[] = []
  rows.visit(group, (row) => found.push(row))
  return found
}

/** Lets what follows from a finished write run. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const groups = ['a', 'ab', '']
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('put' as const), group: fc.constantFrom(...groups), member: fc.constantFrom('1', '2', '3', '12', '') }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('delete' as const), group: fc.constantFrom(...groups), member: fc.constantFrom('1', '2', '3', '12', '') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('visit' as const), group: fc.constantFrom(...groups) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('written' as const), fails: fc.boolean() }) },
)

/** By members, as a simple model has them. */
class Model {
  readonly #groups = new Map<string, Map<string, number>>()

  of(group: string): Map<string, number> {
    const rows = this.#groups.get(group) ?? new Map<string, number>()
    this.#groups.set(group, rows)
    return rows
  }

  visited(group: string): number[] {
    return [...this.of(group)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  }
}

describe('grouped rows in files, below a write buffer', () => {
  test('should give all rows of a group by their members, whatever was put, deleted, written and not written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.constantFrom(2, 5, 100), async (steps, remembered) => {
        const engine = new HeldEngine()
        const rows = new BufferedGroups<number>(engine, 's', codec, new RecentGroups(remembered))
        const model = new Model()
        for (const [i, each] of steps.entries()) {
          if (each.kind === 'put') {
            rows.put(each.group, each.member, i)
            model.of(each.group).set(each.member, i)
          } else if (each.kind === 'delete') {
            rows.delete(each.group, each.member)
            model.of(each.group).delete(each.member)
          } else if (each.kind === 'visit') {
            expect(visited(rows, each.group)).toEqual(model.visited(each.group))
          } else if (each.kind === 'commit') {
            rows.commit(new Map()).catch(() => {})
            await turn()
          } else {
            engine.writes.shift()?.finish(each.fails)
            await turn()
          }
        }
        const last = rows.commit(new Map())
        for (await turn(); engine.writes.length > 0; await turn()) engine.writes.shift()!.finish(false)
        await last
        const stored = new BufferedGroups<number>(engine, 's', codec)
        for (const group of groups) expect([visited(rows, group), visited(stored, group)]).toEqual([model.visited(group), model.visited(group)])
      }),
      { numRuns: 500 },
    )
  })

  test('should not write a row that came and went again between two commits', async () => {
    const engine = new HeldEngine()
    const rows = new BufferedGroups<number>(engine, 's', codec)
    expect(visited(rows, 'g')).toEqual([])
    rows.put('g', 'stays', 1)
    rows.put('g', 'goes', 2)
    rows.delete('g', 'goes')
    void rows.commit(new Map())
    await turn()
    expect(engine.writes.map((write) => write.rows)).toEqual([1])
  })

  test('should delete a row in the files that came back and went again between two commits', async () => {
    const engine = new HeldEngine()
    engine.table('s').rows.put(rowKey('g', 'm'), Buffer.from([0, 0, 0, 1]))
    const rows = new BufferedGroups<number>(engine, 's', codec)
    expect(visited(rows, 'g')).toEqual([1])
    rows.delete('g', 'm')
    rows.put('g', 'm', 2)
    rows.delete('g', 'm')
    const committed = rows.commit(new Map())
    await turn()
    engine.writes[0]!.finish(false)
    await committed
    expect(engine.table('s').rows.size).toBe(0)
  })

  test('should delete a row in the files when the commit that first deleted it has failed', async () => {
    const engine = new HeldEngine()
    engine.table('s').rows.put(rowKey('g', 'm'), Buffer.from([0, 0, 0, 1]))
    const rows = new BufferedGroups<number>(engine, 's', codec)
    expect(visited(rows, 'g')).toEqual([1])
    rows.delete('g', 'm')
    const failing = rows.commit(new Map())
    rows.put('g', 'm', 2)
    await turn()
    engine.writes[0]!.finish(true)
    await expect(failing).rejects.toThrow('disk full')
    rows.delete('g', 'm')
    const committed = rows.commit(new Map())
    await turn()
    engine.writes[1]!.finish(false)
    await committed
    expect(engine.table('s').rows.size).toBe(0)
  })

  test('should ask for a commit when 20,000 rows wait', () => {
    const rows = new BufferedGroups<number>(new HeldEngine(), 's', codec)
    for (let i = 0; i < 19_999; i++) rows.put('g', `${i}`, i)
    expect(rows.wantsCommit).toBe(false)
    rows.put('h', '1', 1)
    expect(rows.wantsCommit).toBe(true)
  })
})

describe('grouped rows in memory', () => {
  test('should give all rows of a group by their members', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const rows = new MemoryGroups<number>()
        const model = new Model()
        for (const [i, each] of steps.entries()) {
          if (each.kind === 'put') {
            rows.put(each.group, each.member, i)
            model.of(each.group).set(each.member, i)
          } else if (each.kind === 'delete') {
            rows.delete(each.group, each.member)
            model.of(each.group).delete(each.member)
          } else if (each.kind === 'visit') {
            expect(visited(rows, each.group)).toEqual(model.visited(each.group))
          }
        }
      }),
    )
  })

  test('should show a visitor the rows that it deletes no more, and none that it adds', () => {
    const rows = new MemoryGroups<number>()
    for (const member of ['1', '2', '3']) rows.put('g', member, Number(member))
    const found: number[] = []
    rows.visit('g', (row) => {
      found.push(row)
      rows.delete('g', '2')
      rows.put('g', '4', 4)
    })
    expect(found).toEqual([1, 3])
  })
})
