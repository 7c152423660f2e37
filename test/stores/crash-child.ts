import { Serdes } from '../../lib/serdes/serdes.ts'
import { Stores } from '../../stores/stores.ts'
import { FakeStoreContext } from './fake-context.ts'

/**
 * Run as a process of its own, to be killed: commits round after round, each of which gives every row and the changelog offset
 * the number of the round. Prints the number of each commit that is done.
 */
const main = async (): Promise<void> => {
  const [stateDir, engine] = process.argv.slice(2) as [string, 'leveldb' | 'lmdb']
  const store = Stores.keyValueStore('store', { key: Serdes.string, value: Serdes.long, engine }).build()
  await store.init(new FakeStoreContext({ stateDir }), store)
  const partition = { topic: 'app-store-changelog', partition: 0 }
  for (let round = (store.committedOffset?.(partition) ?? 0) + 1; ; round++) {
    const rows = 20 + (round * 37) % 300
    // Rows of every size, some removed again in the next round, all bound to the round.
    for (let i = 0; i < rows; i++) store.put(`row-${i}${'x'.repeat((i * 7) % 90)}`, round)
    for (let i = rows; i < 330; i++) store.delete(`row-${i}${'x'.repeat((i * 7) % 90)}`)
    await store.commit?.(new Map([['app-store-changelog-0', round]]))
    process.stdout.write(`${round}\n`)
  }
}

void main()
