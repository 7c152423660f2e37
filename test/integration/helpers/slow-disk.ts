import type { EngineBatch } from '../../../stores/engines/engine.ts'
import { LevelEngine } from '../../../stores/engines/leveldb.ts'
import { LmdbEngine } from '../../../stores/engines/lmdb.ts'

let delayMs = 0

/** From now on each write of a store on disk of this process is acknowledged that much later. */
export const slowDown = (ms: number): void => {
  delayMs = ms
}

const slowly = (batch: EngineBatch): EngineBatch => {
  const write = batch.write.bind(batch)
  batch.write = async () => {
    await write()
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
  }
  return batch
}

/** Makes the stores on disk of this process ready to be slowed down. */
export const prepareSlowDisk = (): void => {
  for (const { prototype } of [LmdbEngine, LevelEngine]) {
    const make = prototype.batch as (this: unknown) => EngineBatch
    prototype.batch = function (this: unknown) {
      return slowly(make.call(this)) as ReturnType<typeof prototype.batch>
    }
  }
}
