import { workload, workloadNames } from '../../bench/workloads.ts'
import { Serdes } from '../../lib/index.ts'
import { TopologyTestDriver } from '../../lib/testing/index.ts'

const text = { key: Serdes.string, value: Serdes.string }

describe('the workloads of the benchmark', () => {
  test('all that the issues name should be there, in memory and on disk', () => {
    const stateful = ['count', 'wordcount', 'table-join', 'table-table-join', 'window', 'session', 'sliding', 'suppress', 'stream-join', 'fk-join']
    expect([...workloadNames].sort()).toEqual(['pass', 'map-filter', ...stateful.flatMap((name) => [name, `${name}-disk`])].sort())
  })

  test('an unknown one should be refused with the names of those there are', () => {
    expect(() => workload('pas')).toThrow(/there is no workload 'pas' yet; there are .*pass/)
  })

  test.each(workloadNames)('%s should see each record once, and write something', (name) => {
    let seen = 0
    const driver = new TopologyTestDriver(workload(name)('in', 'out', () => seen++))
    const input = driver.createInputTopic('in', text)
    // keys and values as in the benchmark; far enough apart that windows close
    for (let i = 0; i < 10; i++) input.pipeInput(`k${i % 2}0`, 'bread and water at the mill', { timestamp: i * 4000 })
    expect(seen).toBe(10)
    expect(driver.producedRecords('out').length).toBeGreaterThan(0)
    driver.close()
  })
})
