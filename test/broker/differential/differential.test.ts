import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { brokerUnderTest } from '../helpers/broker-under-test.ts'
import type { BrokerUnderTest } from '../helpers/broker-under-test.ts'
import { areas } from './cases/index.ts'
import { Conversation } from './conversation.ts'
import type { Exchange } from './conversation.ts'

/**
 * The embedded broker must answer as Apache Kafka 4.3.1 did, whose answers are in `golden/`. With `MILLRACE_RECORD` naming
 * a directory this takes the answers down there instead: those of the Kafka that `MILLRACE_BROKERS` names, or our own.
 */
const recordTo = process.env.MILLRACE_RECORD

type Golden = Record<string, readonly (readonly [asked: string, answer: unknown])[]>

const fileOf = (area: string): string => path.join(recordTo ?? path.join(__dirname, 'golden'), `${area}.json`)

/** One exchange a line, so that differences are seen. */
const write = (area: string, golden: Golden): void => {
  const cases = Object.entries(golden).map(([name, exchanges]) => `  ${JSON.stringify(name)}: [\n${exchanges.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]`)
  writeFileSync(fileOf(area), `{\n${cases.join(',\n')}\n}\n`)
}

let broker: BrokerUnderTest

beforeAll(async () => {
  // What the Kafka that gave the answers was started with.
  broker = await brokerUnderTest({ nodeId: 1, config: { 'group.min.session.timeout.ms': 1000, 'group.consumer.heartbeat.interval.ms': 5000, 'group.streams.heartbeat.interval.ms': 5000, 'group.share.heartbeat.interval.ms': 5000 } })
})

afterAll(() => broker.close())

const held = async (run: (talk: Conversation) => Promise<void>): Promise<Exchange[]> => {
  const talk = new Conversation(broker.address)
  try {
    await run(talk)
  } finally {
    talk.close()
  }
  return talk.exchanges
}

describe.each(Object.entries(areas))('%s', (area, cases) => {
  const recorded: Golden = {}
  const golden = recordTo !== undefined ? recorded : (JSON.parse(readFileSync(fileOf(area), 'utf8')) as Golden)

  test.each(cases)('should answer as Kafka: $name', async ({ name, run }) => {
    const exchanges = (await held(run)).map(({ asked, answer }) => [asked, answer] as const)
    if (recordTo !== undefined) recorded[name] = exchanges
    else expect(exchanges).toEqual(golden[name])
  })

  afterAll(() => {
    if (Object.keys(recorded).length > 0) write(area, recorded)
  })
})
