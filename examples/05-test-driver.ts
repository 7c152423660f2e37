import { seconds, Serdes } from '../lib/index.ts'
import { TopologyTestDriver } from '../lib/testing/index.ts'
import { lastHeard, silentDevices } from './02-custom-processor.ts'
import type { Surroundings } from './shared/surroundings.ts'

/** A topology without a broker: records go in with the timestamps the test wants, and everything has happened when a call returns. */
export const run = async ({ print }: Pick<Surroundings, 'print'>): Promise<void> => {
  const driver = new TopologyTestDriver(silentDevices(), { initialWallClockMs: 0 })
  try {
    const readings = driver.createInputTopic('readings', { key: Serdes.string, value: Serdes.string })
    const alarms = driver.createOutputTopic('alarms', { key: Serdes.string, value: Serdes.string })

    readings.pipeInput('pump', '71 °C', { timestamp: 0 })
    readings.pipeInput('valve', 'open', { timestamp: seconds(30) })
    print(`alarms after 30 s: ${alarms.queueSize}`)

    readings.pipeInput('valve', 'closed', { timestamp: seconds(60) })
    print(`alarms after 60 s: ${JSON.stringify(alarms.readKeyValuesToList())}`)
    print(`the pump is ${driver.getStateStore(lastHeard)?.get('pump') === undefined ? 'forgotten' : 'known'}`)
  } finally {
    driver.close()
  }
}
