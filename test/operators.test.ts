import { readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import * as millrace from '../lib/index.ts'
import type { StreamsBuilder } from '../lib/index.ts'
import { TopologyTestDriver } from '../lib/testing/index.ts'

/**
 * The snippets of the operator reference run: each ts block is followed by a text block of `input -> outputs` lines, and
 * carried out with the streams of the first block.
 */
const document = readFileSync(path.resolve(__dirname, '../docs/operators.md'), 'utf8')

interface Example {
  readonly title: string
  readonly code: string
  readonly lines: readonly string[]
}

const preamble = /^```ts\n([\s\S]*?)^```/m.exec(document)?.[1] ?? ''

const examples: Example[] = [...document.matchAll(/^```ts\n((?:(?!^```)[\s\S])*)^```\n+^```text\n([\s\S]*?)^```/gm)].map((found) => ({
  title: [...document.slice(0, found.index).matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? '',
  code: found[1] ?? '',
  lines: (found[2] ?? '').trimEnd().split('\n'),
}))

/** Topics whose values are numbers; all others hold text. */
const numeric = new Set(['amounts', 'counts'])

const topologyOf = (code: string): millrace.Topology => {
  const script = `${preamble.replaceAll(/^import .*$/gm, '')}\n${code}\nreturn builder`
  const { outputText } = ts.transpileModule(script, { compilerOptions: { target: ts.ScriptTarget.ES2022 } })
  const make = new Function(...Object.keys(millrace), outputText) as (...exported: unknown[]) => StreamsBuilder
  return make(...Object.values(millrace)).build()
}

const RECORD = /^(\S+) (\S*?)=(\S*)(?: @(\d+))?$/

/** Runs one example; the outputs of each line as the document writes them. */
const run = async ({ code, lines }: Example): Promise<string[]> => {
  const driver = new TopologyTestDriver(topologyOf(code), { initialWallClockMs: 0 })
  const serdes = (topic: string) => ({
    key: millrace.Serdes.string,
    value: (numeric.has(topic) ? millrace.Serdes.long : millrace.Serdes.string) as millrace.Serde<unknown>,
  })
  const outputs = [...new Set(lines.flatMap((line) => (line.split('->')[1] ?? '').split(',').map((part) => part.trim().split(' ')[0] ?? '')))]
    .filter((topic) => topic !== '')
    .map((topic) => ({ topic, records: driver.createOutputTopic(topic, serdes(topic)) }))
  const ran: string[] = []
  for (const line of lines) {
    const input = (line.split('->')[0] ?? '').trim()
    const [, topic = '', key = '', text = '', time] = RECORD.exec(input) ?? []
    const value = text === '' ? undefined : numeric.has(topic) ? Number(text) : text
    // What is emitted at most once a second is emitted with every line.
    driver.advanceWallClockTime(1000)
    driver.createInputTopic(topic, serdes(topic)).pipeInput(key === '' ? undefined : key, value, { timestamp: Number(time ?? 0) })
    await driver.settled()
    const made = outputs.flatMap((output) =>
      output.records.readRecordsToList().map((record) => {
        const shown = `${output.topic} ${record.key ?? ''}=${String(record.value ?? '')}`
        return time === undefined ? shown : `${shown} @${record.timestamp}`
      }),
    )
    ran.push(`${input} -> ${made.join(', ')}`.trimEnd())
  }
  driver.close()
  return ran
}

const normal = (line: string): string => line.replaceAll(/\s+/g, ' ').trimEnd()

test.each(examples.map((example) => [example.title, example] as const))('%s should do what its example shows', async (_title, example) => {
  expect(await run(example)).toEqual(example.lines.map(normal))
})

/** What stands below a heading, until the next one of the same or a higher level. */
const section = (heading: string): string => {
  const [, level = '', text = ''] = new RegExp(`^(#+) ${heading}\\n([\\s\\S]*)`, 'm').exec(document) ?? []
  return text.split(new RegExp(`^#{1,${level.length}} `, 'm'))[0] ?? ''
}

const source = (file: string): string => readFileSync(path.resolve(__dirname, '..', file), 'utf8')

/** Members of the interfaces of a file by the interface's name. */
const membersOf = (file: string): Map<string, string[]> =>
  new Map(
    [...source(file).matchAll(/^export interface (\w+).*\{\n([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => [
      name,
      [...new Set([...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[(:<]/gm)].map(([, member = '']) => member))],
    ]),
  )

test('every section on an operator should have an example', () => {
  const operators = document.slice(0, document.indexOf('\n## Options\n'))
  const sections = [...operators.matchAll(/^### (.*)$/gm)].map(([, title]) => title)
  expect(sections.filter((title) => !examples.some((example) => example.title === title))).toEqual([])
  expect(sections.length).toBeGreaterThan(50)
})

test.each(['dsl/kstream.ts', 'dsl/ktable.ts', 'dsl/kgrouped.ts', 'dsl/windowed.ts'])('every operator in %s should be in an example', (file) => {
  const code = examples.map((example) => example.code).join('')
  const operators = [...membersOf(file)].flatMap(([owner, members]) => members.map((member) => [owner, member] as const))
  expect(operators.filter(([, name]) => name !== 'queryableStoreName' && !new RegExp(`\\.${name}[(<]`).test(code))).toEqual([])
  expect(operators.length).toBeGreaterThan(5)
})

test('every field of the options should be in a table', () => {
  const { Suppressed: _, ...inTheirFile } = Object.fromEntries(membersOf('dsl/suppressed.ts'))
  const options = [...membersOf('dsl/options.ts'), ['Suppressed', Object.values(inTheirFile).flat()] as const]
  const missing = options.flatMap(([name, fields]) => {
    const named = [...section(name).matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, field]) => field))
    return ['name', ...fields].filter((field) => !named.includes(field)).map((field) => `${name}.${field}`)
  })
  expect(options).toHaveLength(13)
  // it keeps handles from being taken for descriptions
  expect(missing).toEqual(['Materialized.build'])
})
