import { Serdes } from '../../lib/serdes/serdes.ts'
import { Stores } from '../../stores/stores.ts'
import { FakeStoreContext } from './fake-context.ts'

/**
 * Run as a process of its own, to be killed: commits round after round. Each gives all windows of the last rounds its number, and adds
 * one of each key; those of every third round are deleted again. Prints the number of each commit that is done.
 */
const main = async (): Promise<void> => {
  const [stateDir] = process.argv.slice(2) as [string]
  const store = Stores.windowStoreBuilder(Stores.persistentWindowStore('store', 600_000, 10), Serdes.string, Serdes.long).build()
  await store.init(new FakeStoreContext({ stateDir }), store)
  const partition = { topic: 'app-store-changelog', partition: 0 }
  for (let round = (store.committedOffset?.(partition) ?? 0) + 1; ; round++) {
    for (let i = 0; i < 100; i++) {
      for (let back = Math.min(2, round - 1); back >= 0; back--) {
        const isDeleted = back === 2 && round % 3 === 0
        store.put(`row-${i}${'x'.repeat((i * 7) % 90)}`, isDeleted ? undefined : round, (round - back) * 10)
      }
    }
    await store.commit?.(new Map([['app-store-changelog-0', round]]))
    process.stdout.write(`${round}\n`)
  }
}

void main()
