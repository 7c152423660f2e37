/**
 * The tutorial, end to end: its data and models through the data provider and the model servers, every score compared with the
 * oracle's. Needs `../shared/tutorial/data` and `../shared/models/wine`, or other folders named with `--data` and `--expected`.
 * On an embedded broker unless `--brokers` names one. Last line: `N passed, N failed`.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { StoreKind } from '../../apps/model-server/topologies.ts'
import type { ScoreMessage } from '../../apps/model-server/score-message.ts'
import type { DataSet } from '../../apps/provider/data-set.ts'
import { readDataSet } from '../../apps/provider/data-set.ts'
import { eventually, TestBench } from './helpers/test-bench.ts'
import type { RunningServer } from './helpers/test-bench.ts'

/** Relative difference that counts as equal: the models are double arithmetic. */
const TOLERANCE = 1e-9

/** What the oracle says of each model: the score of each row. */
type Expected = ReadonlyMap<string, readonly number[]>

interface Results {
  passed: number
  failed: number
}

/** The column with the score: the index of the largest output of a TensorFlow model, the first one of PMML. */
const expectedScores = (directory: string, model: string): number[] => {
  const [header = '', ...lines] = readFileSync(path.join(directory, `${model}.expected.csv`), 'utf8').trim().split('\n')
  const column = Math.max(0, header.trim().split(',').indexOf('argmax'))
  return lines.map((line) => Number(line.split(',')[column]))
}

const equals = (score: unknown, expected: number): boolean =>
  typeof score === 'number' && Math.abs(score - expected) <= TOLERANCE * Math.max(Math.abs(expected), 1e-3)

class TutorialCheck {
  readonly results: Results = { passed: 0, failed: 0 }
  readonly #data: DataSet
  readonly #expected: Expected
  readonly #rows: number

  constructor(data: DataSet, expected: Expected) {
    this.#data = data
    this.#expected = expected
    this.#rows = Math.min(...[...expected.values()].map((scores) => scores.length))
  }

  /** Counts what should be so. */
  expect(what: string, isSo: boolean): void {
    this.results[isSo ? 'passed' : 'failed']++
    if (!isSo) console.log(`FAILED ${what}`)
  }

  /** One model after the other, each asked for all rows; every score, and the count of them. */
  async everyScore(store: StoreKind, bench: TestBench): Promise<void> {
    const server = await bench.server(store)
    const scores = await bench.scores()
    const records = this.#data.records.slice(0, this.#rows)
    let compared = 0
    for (const model of this.#data.models) {
      await bench.publish(model)
      await bench.untilInService(server, model.name, records[0]!)
      this.expect(`${store}: ${model.name} is in service`, true)
      const series = `${model.name} `
      await bench.score(records, series)
      const own = (): ScoreMessage[] => scores().filter(({ key }) => key?.startsWith(series))
      await eventually(() => own().length >= records.length)
      for (const { key, score, model: name } of own()) {
        const row = Number(key?.slice(series.length + 1))
        const expected = this.#expected.get(model.name)?.[row] ?? NaN
        this.expect(`${store}: ${name} answers ${JSON.stringify(score)} for row ${row}, the oracle ${expected}`, name === model.name && equals(score, expected))
        compared++
      }
      const scored = scores().filter(({ model: name }) => name === model.name).length
      this.expect(`${store}: usage of ${model.name} is the ${scored} records scored`, (await server.value())?.usage === scored)
    }
    console.log(`${store} store: ${this.#data.models.length} models in service, ${compared} scores compared`)
    await server.program.stop()
  }

  /** What the provider sends, record by record and model by model, with the servers as a user starts them. */
  async asTheTutorialRuns(store: StoreKind, bench: TestBench, dataDirectory: string): Promise<void> {
    const server = await bench.server(store)
    const scores = await bench.scores()
    const provider = bench.run('data-provider', [
      ...['--brokers', bench.brokers, '--data-dir', dataDirectory, '--data-interval', '10', '--model-interval', '400'],
      ...['--data-topic', bench.topics.data, '--models-topic', bench.topics.models],
    ])
    for (const { description, name } of this.#data.models) await provider.line(new RegExp(`^Published Model ${description} \\(${name}\\)$`))
    await provider.line(new RegExp(`^printed ${this.#rows - (this.#rows % 10)} records$`))
    await provider.stop()
    await this.#allScored(scores, server)
    // One partition: the offset is the number of the record, and the provider begins with the first row.
    const known = scores().filter(({ offset }) => offset < this.#rows)
    for (const { model, offset, score } of known) {
      const expected = this.#expected.get(model)?.[offset] ?? NaN
      this.expect(`${store}, provider: ${model} answers ${JSON.stringify(score)} for record ${offset}, the oracle ${expected}`, equals(score, expected))
    }
    for (const { name } of this.#data.models) this.expect(`${store}, provider: ${name} scores`, scores().some(({ model }) => model === name))
    console.log(`${store} store with the data provider: ${new Set(scores().map(({ model }) => model)).size} models in service, ${known.length} scores compared`)
    await server.program.stop()
  }

  /** Until as many records are scored as the state has counted, and that is so twice. */
  async #allScored(scores: () => readonly ScoreMessage[], server: RunningServer): Promise<void> {
    let before = -1
    await eventually(async () => {
      const now = scores().length
      const { name, usage } = (await server.value()) ?? { name: '', usage: -1 }
      const last = scores().findLastIndex(({ model }) => model !== name)
      const isQuiet = now === before && usage === now - 1 - last
      before = now
      return isQuiet
    })
  }
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string' },
      data: { type: 'string', default: '../shared/tutorial/data' },
      expected: { type: 'string', default: '../shared/models/wine' },
      store: { type: 'string', multiple: true, default: ['memory', 'standard', 'custom'] },
    },
  })
  const data = await readDataSet(values.data)
  const expected = new Map(data.models.map(({ name }) => [name, expectedScores(values.expected, name)]))
  const check = new TutorialCheck(data, expected)
  for (const store of values.store as StoreKind[]) {
    for (const run of [(bench: TestBench) => check.everyScore(store, bench), (bench: TestBench) => check.asTheTutorialRuns(store, bench, values.data)]) {
      const bench = await TestBench.start({ brokers: values.brokers })
      try {
        await run(bench)
      } finally {
        await bench.close()
      }
    }
  }
  const { passed, failed } = check.results
  console.log(`${passed} passed, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

main().catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
