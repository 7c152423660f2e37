import { KafkaStreams } from '../lib/index.ts'
import { hashed } from './12-worker-threads-topology.ts'
import { prepareTopics, printTopic } from './shared/surroundings.ts'
import type { Surroundings } from './shared/surroundings.ts'

const documents = Array.from({ length: 12 }, (_, i) => [`document-${i}`, `text ${i}`] as const)

/** Given a module instead of a topology, each stream thread runs in a worker thread, on a core of its own. Queries are asked from here. */
export const run = async (surroundings: Surroundings): Promise<void> => {
  const { bootstrapServers, stateDir, signal, print } = surroundings
  await prepareTopics(surroundings, [{ topic: 'documents', partitions: 4, records: documents }, { topic: 'hashes' }])
  const stopPrinting = await printTopic(surroundings, 'hashes', String)
  const streams = new KafkaStreams(new URL('./12-worker-threads-topology.js', import.meta.url), {
    applicationId: 'worker-threads', bootstrapServers, stateDir, numStreamThreads: 2, commitIntervalMs: 100,
  })
  streams.setUncaughtExceptionHandler(() => 'REPLACE_THREAD')
  streams.setStateListener((state) => {
    if (state !== 'RUNNING') return
    for (const { threadName, activeTasks } of streams.metadataForLocalThreads()) print(`thread ${threadName.split('-').at(-1)} has ${activeTasks.length} tasks`)
    void streams.store(hashed).approximateNumEntries().then((count) => print(`${count} documents were there already`), () => {})
  })
  await streams.run({ signal }).finally(stopPrinting)
}
