import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import * as wordCountExample from '../../examples/01-word-count.ts'
import * as customProcessor from '../../examples/02-custom-processor.ts'
import * as tableJoin from '../../examples/03-table-join.ts'
import type { Customer, Order } from '../../examples/03-table-join.ts'
import * as queries from '../../examples/04-queries.ts'
import * as testDriver from '../../examples/05-test-driver.ts'
import * as customStore from '../../examples/06-custom-store.ts'
import * as asyncEnrichment from '../../examples/07-async-enrichment.ts'
import * as windowedCounts from '../../examples/08-windowed-counts.ts'
import * as clicksAndImpressions from '../../examples/09-clicks-and-impressions.ts'
import * as foreignKeyJoin from '../../examples/10-foreign-key-join.ts'
import type { PricedOrder } from '../../examples/10-foreign-key-join.ts'
import * as sessions from '../../examples/11-sessions.ts'
import hashedDocuments, { config as hashedDocumentsConfig } from '../../examples/12-worker-threads-topology.ts'
import type { Surroundings } from '../../examples/shared/surroundings.ts'
import { Broker } from '../../lib/broker/index.ts'
import { Serdes } from '../../lib/index.ts'
import { TopologyTestDriver } from '../../lib/testing/index.ts'

const text = { key: Serdes.string, value: Serdes.string }

/** Without caches, every update can be seen. */
const config = { statestoreCacheMaxBytes: 0 }

/** What an example prints, and how a test waits for it. */
class Printed {
  readonly lines: string[] = []
  #changed: () => void = () => {}

  readonly print = (line: string): void => {
    this.lines.push(line)
    this.#changed()
  }

  /** Resolves with the first line for which `matches` is true. */
  async until(matches: (line: string) => boolean): Promise<string> {
    for (;;) {
      const found = this.lines.find(matches)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => (this.#changed = resolve))
    }
  }
}

describe('an example on a broker', () => {
  let broker: Broker
  const stateDirs: string[] = []
  let stop = new AbortController()

  beforeAll(async () => {
    broker = await Broker.start()
  })
  // also when a test gave up: its example must not go on for ever
  afterEach(() => stop.abort())
  afterAll(async () => {
    await broker.close()
    for (const stateDir of stateDirs) rmSync(stateDir, { recursive: true, force: true })
  })

  /** Runs an example, on state of its own or on that of an earlier run, for as long as `use` takes. */
  const running = async (
    run: (surroundings: Surroundings) => Promise<void>,
    use: (printed: Printed) => Promise<void>,
    stateDir = mkdtempSync(path.join(tmpdir(), 'millrace-example-')),
  ): Promise<void> => {
    stateDirs.push(stateDir)
    const printed = new Printed()
    stop = new AbortController()
    const ended = run({ bootstrapServers: broker.address, stateDir, signal: stop.signal, print: printed.print })
    try {
      await Promise.race([use(printed), ended])
    } finally {
      stop.abort()
      await ended
    }
  }

  test('01-word-count should count the words of its lines', () =>
    running(wordCountExample.run, async (printed) => {
      await printed.until((line) => line === 'be -> 2')
      await printed.until((line) => line === 'question -> 1')
    }))

  test('03-table-join should join orders with customers', () =>
    running(tableJoin.run, async (printed) => {
      await printed.until((line) => line === 'max -> {"name":"Max","city":"Wien","amount":3}')
    }))

  test('04-queries should answer over HTTP how often a word came', () =>
    running(queries.run, async (printed) => {
      const url = await printed.until((line) => line.startsWith('http://'))
      let answer: { status: number; count?: number | undefined } = { status: 0 }
      while ((answer.count ?? 0) < 2) {
        const response = await fetch(url)
        answer = { status: response.status, count: ((await response.json()) as { count?: number }).count }
        expect([200, 503]).toContain(answer.status)
      }
      expect((await fetch(new URL('/nothing', url))).status).toBe(404)
    }))

  test('06-custom-store should have its state again after a start without files', async () => {
    await running(customStore.run, async (printed) => {
      await printed.until((line) => line === 'ada -> 9')
    })
    await running(customStore.run, async (printed) => {
      expect(await printed.until((line) => line.startsWith('at the start'))).toContain('{"player":"ada","points":9}')
    })
  })

  test('07-async-enrichment should write orders with their cities in order, and leave out what the service does not know', () =>
    running(asyncEnrichment.run, async (printed) => {
      await printed.until((line) => line === '4 -> ada, London')
      expect(printed.lines).toEqual(['2 -> ada, London', '3 -> max, Wien', '4 -> ada, London'])
    }))

  test('08-windowed-counts should write one result for each minute, without what came too late', () =>
    running(windowedCounts.run, async (printed) => {
      await printed.until((line) => line.startsWith('south from 10:01'))
      expect(printed.lines.toSorted()).toEqual(['north from 10:00 -> 2', 'north from 10:01 -> 1', 'south from 10:00 -> 1', 'south from 10:01 -> 1'])
    }))

  test('09-clicks-and-impressions should tell which impressions were clicked', () =>
    running(clicksAndImpressions.run, async (printed) => {
      await printed.until((line) => line === 'view-4 -> tea: more')
      await printed.until((line) => line === 'view-3 -> shoes: more')
      expect(printed.lines.toSorted()).toEqual(['view-1 -> shoes: buy', 'view-3 -> shoes: more', 'view-4 -> tea: more'])
    }))

  test('10-foreign-key-join should price all orders by the latest prices', () =>
    running(foreignKeyJoin.run, async (printed) => {
      await printed.until((line) => line === '1 -> {"title":"Teapot","total":28}')
      await printed.until((line) => line === '2 -> {"title":"Cup","total":30}')
      await printed.until((line) => line === '3 -> {"title":"Teapot","total":56}')
    }))

  test('11-sessions should write each visit when it is over', () =>
    running(sessions.run, async (printed) => {
      await printed.until((line) => line === 'max -> max went /home')
      expect(printed.lines.toSorted()).toEqual(['ada -> ada went /home /shop /cart', 'max -> max went /home', 'max -> max went /shop'])
    }))

  test('12-worker-threads should hash all documents in worker threads, and end with SIGTERM', async () => {
    const printed = new Printed()
    // a process of its own, from dist: workers load what was compiled
    const child = spawn(process.execPath, ['dist/examples/run.js', '12-worker-threads', broker.address])
    let text = ''
    child.stdout.on('data', (bytes: Buffer) => {
      const lines = (text + bytes.toString()).split('\n')
      text = lines.pop() ?? ''
      lines.forEach(printed.print)
    })
    stop.signal.addEventListener('abort', () => child.kill('SIGKILL'))
    const exited = once(child, 'exit')
    for (let i = 0; i < 12; i++) await printed.until((line) => line.startsWith(`document-${i} -> `))
    await printed.until((line) => line === 'thread 2 has 2 tasks')
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
  })
})

describe('an example under the test driver', () => {
  test('01-word-count should emit the counts of a line when they are committed', () => {
    const driver = new TopologyTestDriver(wordCountExample.wordCount())
    driver.createInputTopic('lines', text).pipeInput(undefined, 'to be, to do')
    const output = driver.createOutputTopic('word-counts', { key: Serdes.string, value: Serdes.long })
    expect(output.readKeyValuesToList()).toEqual([['to', 1], ['be', 1], ['to', 2], ['do', 1]])
    expect(driver.getStateStore(wordCountExample.counts)?.get('to')).toMatchObject({ value: 2 })
    driver.close()
  })

  test('02-custom-processor should tell of a silent device once', () => {
    const driver = new TopologyTestDriver(customProcessor.silentDevices())
    const readings = driver.createInputTopic('readings', text)
    const alarms = driver.createOutputTopic('alarms', text)
    readings.pipeInput('pump', 'on', { timestamp: 0 })
    for (const second of [30, 60, 90]) readings.pipeInput('valve', 'open', { timestamp: second * 1000 })
    expect(alarms.readKeyValuesToList()).toEqual([['pump', 'silent for 60 s']])
    driver.close()
  })

  test('03-table-join should sum up what each city has spent, and drop orders of strangers', () => {
    const driver = new TopologyTestDriver(tableJoin.enrichedOrders())
    const customers = driver.createInputTopic('customers', { key: Serdes.string, value: Serdes.json<Customer>() })
    const orders = driver.createInputTopic('orders', { key: Serdes.string, value: Serdes.json<Order>() })
    customers.pipeInput('ada', { name: 'Ada', city: 'London' })
    orders.pipeInput('1', { customer: 'ada', amount: 2 })
    orders.pipeInput('2', { customer: 'nobody', amount: 100 })
    orders.pipeInput('3', { customer: 'ada', amount: 3 })
    const spent = driver.createOutputTopic('spent-by-city', { key: Serdes.string, value: Serdes.double })
    expect(spent.readKeyValuesToList()).toEqual([['London', 2], ['London', 5]])
    driver.close()
  })

  test('05-test-driver should print what it tests', async () => {
    const printed = new Printed()
    await testDriver.run({ print: printed.print })
    expect(printed.lines).toEqual([
      'alarms after 30 s: 0',
      'alarms after 60 s: [["pump","silent for 60 s"]]',
      'the pump is forgotten',
    ])
  })

  test('06-custom-store should forward the leader', () => {
    const driver = new TopologyTestDriver(customStore.leaders())
    const points = driver.createInputTopic('points', text)
    points.pipeKeyValueList([['ada', '3'], ['max', '7'], ['max', '1']])
    expect(driver.createOutputTopic('leaders', text).readValuesToList()).toEqual(['3', '7', '3'])
    driver.close()
  })

  test('07-async-enrichment should write a dead letter for a customer without a city', async () => {
    const topology = asyncEnrichment.ordersWithCity(async (customer) => {
      if (customer === 'nobody') throw new Error('unknown')
      return 'Graz'
    })
    const driver = new TopologyTestDriver(topology, { config: asyncEnrichment.settings })
    driver.createInputTopic('orders', text).pipeKeyValueList([['1', 'eva'], ['2', 'nobody']])
    await driver.settled()
    expect(driver.createOutputTopic('orders-with-city', text).readKeyValuesToList()).toEqual([['1', 'eva, Graz']])
    expect(driver.createOutputTopic('orders-without-city', text).readKeyValuesToList()).toEqual([['2', 'nobody']])
    driver.close()
  })

  test('08-windowed-counts should hold a minute back until its grace is over', () => {
    const driver = new TopologyTestDriver(windowedCounts.visitorsPerMinute(), { config })
    const gates = driver.createInputTopic('gates', text)
    const visitors = driver.createOutputTopic('visitors-per-minute', { key: Serdes.string, value: Serdes.long })
    gates.pipeInput('north', 'ada', { timestamp: 1000 })
    gates.pipeInput('north', 'max', { timestamp: 69_999 })
    expect(visitors.isEmpty).toBe(true)
    gates.pipeInput('south', 'eva', { timestamp: 70_000 })
    expect(visitors.readKeyValuesToList()).toEqual([['north from 00:00', 1]])
    driver.close()
  })

  test('09-clicks-and-impressions should not take a click before the impression, or five minutes after it', () => {
    const driver = new TopologyTestDriver(clicksAndImpressions.clickedImpressions())
    const [impressions, clicks] = [driver.createInputTopic('impressions', text), driver.createInputTopic('clicks', text)]
    clicks.pipeInput('v', 'early', { timestamp: 0 })
    impressions.pipeInput('v', 'hats', { timestamp: 1000 })
    clicks.pipeInput('v', 'late', { timestamp: 301_001 })
    expect(driver.createOutputTopic('clicked-impressions', text).isEmpty).toBe(true)
    clicks.pipeInput('v', 'last', { timestamp: 301_000 })
    expect(driver.createOutputTopic('clicked-impressions', text).readValuesToList()).toEqual(['hats: last'])
    driver.close()
  })

  test('10-foreign-key-join should take an order out when it is done, and change those of a product whose price changes', () => {
    const driver = new TopologyTestDriver(foreignKeyJoin.pricedOrders(), { config })
    const orders = driver.createInputTopic('open-orders', { key: Serdes.string, value: Serdes.json<foreignKeyJoin.Order>() })
    const products = driver.createInputTopic('products', { key: Serdes.string, value: Serdes.json<foreignKeyJoin.Product>() })
    const priced = driver.createOutputTopic('priced-orders', { key: Serdes.string, value: Serdes.json<PricedOrder>() })
    orders.pipeKeyValueList([['1', { product: 'p', pieces: 1 }], ['2', { product: 'p', pieces: 2 }]])
    products.pipeInput('p', { title: 'Cup', price: 5 })
    expect(priced.readKeyValuesToList()).toEqual([['1', { title: 'Cup', total: 5 }], ['2', { title: 'Cup', total: 10 }]])
    orders.pipeInput('2', undefined)
    products.pipeInput('p', { title: 'Cup', price: 4 })
    expect(priced.readKeyValuesToList()).toEqual([['2', undefined], ['1', { title: 'Cup', total: 4 }]])
    driver.close()
  })

  test('12-worker-threads should keep the hash of each document', () => {
    const driver = new TopologyTestDriver(hashedDocuments(), { config: hashedDocumentsConfig })
    driver.createInputTopic('documents', text).pipeInput('a', 'text')
    expect(driver.createOutputTopic('hashes', text).readKeyValuesToList()).toEqual([['a', expect.stringMatching(/^[0-9a-f]{8}$/)]])
    driver.close()
  })

  test('11-sessions should put a late page between those of its visit', () => {
    const driver = new TopologyTestDriver(sessions.visits(), { config })
    const pages = driver.createInputTopic('pages', text)
    const visits = driver.createOutputTopic('visits', text)
    for (const [page, minute] of [['/a', 0], ['/c', 30.5], ['/b', 20], ['/d', 200]] as const) pages.pipeInput('ada', page, { timestamp: minute * 60_000 })
    expect(visits.readValuesToList()).toEqual(['ada went /a /c /b'])
    driver.close()
  })
})
