import { Serdes } from '../../lib/serdes/serdes.ts'
import { Stores } from '../../stores/stores.ts'
import { FakeStoreContext } from './fake-context.ts'

const START = 1_000_000

/**
 * Run as a process of its own, to be killed: in each round every key gets a version of the time and value of the round, and one
 * between the last two; then they are committed with the changelog offset of the round, and its number is printed.
 */
const main = async (): Promise<void> => {
  const [stateDir] = process.argv.slice(2) as [string]
  const store = Stores.versionedKeyValueStoreBuilder(Stores.persistentVersionedKeyValueStore('store', 1000, 50), Serdes.string, Serdes.long).build()
  await store.init(new FakeStoreContext({ stateDir }), store)
  for (let round = (store.committedOffset?.({ topic: 'app-store-changelog', partition: 0 }) ?? 0) + 1; ; round++) {
    for (let i = 0; i < 200; i++) {
      store.put(`row-${i}`, i % 3 === round % 3 ? undefined : round, START + round * 10)
      store.put(`row-${i}`, -round, START + round * 10 - 5)
    }
    await store.commit?.(new Map([['app-store-changelog-0', round]]))
    process.stdout.write(`${round}\n`)
  }
}

void main()
