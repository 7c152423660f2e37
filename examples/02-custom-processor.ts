import { KafkaStreams, Record, seconds, Serdes, Stores, StreamsBuilder } from '../lib/index.ts'
import type { KeyValueStore, Processor, ProcessorContext, ProcessorSupplier, Topology } from '../lib/index.ts'
import { prepareTopics, printTopic } from './shared/surroundings.ts'
import type { Surroundings } from './shared/surroundings.ts'

const SILENCE_MS = seconds(60)

/** When each device was heard of last, ms since the epoch. */
export const lastHeard = Stores.keyValueStore('last-heard', { key: Serdes.string, value: Serdes.long })

/** Tells of devices that have said nothing for a minute of stream time, once each. */
class SilenceDetector implements Processor<string, string, string, string> {
  #context!: ProcessorContext<string, string>
  #lastHeard!: KeyValueStore<string, number>

  init(context: ProcessorContext<string, string>): void {
    this.#context = context
    this.#lastHeard = context.getStateStore(lastHeard)
    context.schedule(seconds(10), 'stream-time', (now) => this.#report(now))
  }

  process({ key, timestamp }: Record<string, string>): void {
    this.#lastHeard.put(key, Math.max(timestamp, this.#lastHeard.get(key) ?? 0))
  }

  #report(now: number): void {
    for (const [device, heard] of this.#lastHeard.all()) {
      if (now - heard < SILENCE_MS) continue
      this.#lastHeard.delete(device)
      this.#context.forward(new Record(device, `silent for ${Math.floor((now - heard) / 1000)} s`, now))
    }
  }
}

/** The supplier brings its store along, so that whoever uses it need not know of it. */
export const silenceDetector: ProcessorSupplier<string, string, string, string> = { get: () => new SilenceDetector(), stores: [lastHeard] }

export const silentDevices = (): Topology => {
  const builder = new StreamsBuilder()
  builder
    .stream('readings', { key: Serdes.string, value: Serdes.string })
    .process(silenceDetector, { name: 'silence-detector' })
    .to('alarms', { key: Serdes.string, value: Serdes.string })
  return builder.build()
}

export const run = async (surroundings: Surroundings): Promise<void> => {
  const { bootstrapServers, stateDir, signal } = surroundings
  await prepareTopics(surroundings, [{ topic: 'readings', records: [['pump', '71 °C'], ['valve', 'open']] }, { topic: 'alarms' }])
  const stopPrinting = await printTopic(surroundings, 'alarms', String)
  const streams = new KafkaStreams(silentDevices(), { applicationId: 'silent-devices', bootstrapServers, stateDir, commitIntervalMs: 1000 })
  await streams.run({ signal }).finally(stopPrinting)
}
