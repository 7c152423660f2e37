import { ByteWriter } from '../../lib/core/byte-writer.ts'
import { readInt64 } from '../../lib/core/int64.ts'
import type { Engine, EngineBatch, EngineTable } from '../engines/engine.ts'

/** The changelog offsets that the rows of a store correspond to, in the environment in which these are. */
export class ChangelogOffsets {
  readonly #table: EngineTable
  readonly #storeName: string
  readonly #written = new Map<string, number>()

  /** `format`: what rows of another format were written with is not found. */
  constructor(engine: Engine, storeName: string, format: string) {
    this.#table = engine.table(`changelog-offsets-${format}`)
    this.#storeName = storeName
  }

  /** Those that the files do not have yet. */
  moved(offsets: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    return new Map([...offsets].filter(([partition, offset]) => this.#written.get(partition) !== offset))
  }

  put(offsets: ReadonlyMap<string, number>, batch: EngineBatch): void {
    for (const [partition, offset] of offsets) {
      const out = new ByteWriter(8)
      out.writeInt64(offset)
      batch.put(this.#table, this.#key(partition), out.view())
    }
  }

  /** That batch is written. */
  written(offsets: ReadonlyMap<string, number>): void {
    for (const [partition, offset] of offsets) this.#written.set(partition, offset)
  }

  committed(partition: string): number | undefined {
    const bytes = this.#table.get(this.#key(partition))
    return bytes === undefined ? undefined : readInt64(bytes, 0)
  }

  /** One table holds the offsets of all stores of the environment. */
  #key(partition: string): string {
    return `${this.#storeName}\0${partition}`
  }
}
