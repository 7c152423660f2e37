import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import ts from 'typescript'
import { Kafka, logLevel } from 'kafkajs'
import { Broker } from '../lib/broker/index.ts'
import * as millrace from '../lib/index.ts'
import type { KafkaStreams } from '../lib/index.ts'

const root = path.resolve(__dirname, '..')
const documents = ['README.md', 'examples/README.md', ...readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)]
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

interface Snippet {
  /** Document and line, as `README.md:27`. */
  readonly place: string
  readonly code: string
}

/**
 * The ts blocks of a document as modules. A block without imports goes on where the last one with imports ended, in a scope of its own, as a reader
 * takes it.
 */
const modulesOf = (document: string): Snippet[] => {
  const modules: { place: string; code: string }[] = []
  for (const block of read(document).matchAll(/^```ts\n([\s\S]*?)^```/gm)) {
    const code = block[1] ?? ''
    const place = `${document}:${read(document).slice(0, block.index).split('\n').length}`
    const last = modules.at(-1)
    if (/^import /m.test(code) || last === undefined) modules.push({ place, code })
    else last.code += `{ // ${place}\n${code}}\n`
  }
  return modules
}

const snippets = documents.flatMap(modulesOf)

/** Type errors of all snippets, checked as one program against the sources. */
const problems = (): string[] => {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile) as { config: { compilerOptions: object } }
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, noUnusedLocals: false, types: ['node'] }, root)
  const rooms = { millrace: 'lib', 'millrace/testing': 'lib/testing', 'millrace/broker': 'lib/broker', 'millrace/query': 'lib/query', 'millrace/models': 'lib/models' }
  options.paths = Object.fromEntries(Object.entries(rooms).map(([name, folder]) => [name, [path.join(root, folder, 'index.ts')]]))
  const files = new Map(snippets.map(({ code }, index) => [path.join(root, `snippet-${index}.ts`), code]))
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (name) => files.has(name) || fileExists.call(host, name)
  host.readFile = (name) => files.get(name) ?? readFile.call(host, name)
  host.getSourceFile = (name, target, ...rest) => {
    const code = files.get(name)
    return code === undefined ? getSourceFile.call(host, name, target, ...rest) : ts.createSourceFile(name, code, target)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return [...files.keys()].flatMap((name, index) => {
    const source = program.getSourceFile(name)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((problem) => {
      const code = files.get(name) ?? ''
      const line = code.slice(0, problem.start ?? 0).split('\n').length
      return `${snippets[index]?.place} line ${line}: ${ts.flattenDiagnosticMessageText(problem.messageText, '\n')} | ${code.split('\n')[line - 1]}`
    })
  })
}

test('the snippets of the documents should compile', () => {
  expect(snippets.length).toBeGreaterThan(3)
  expect(problems()).toEqual([])
}, 120_000)

test('the links of the documents should lead somewhere', () => {
  const broken = documents.flatMap((document) =>
    [...read(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].flatMap(([, link = '']) => {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? document : path.posix.join(path.posix.dirname(document), file)
      if (!existsSync(path.join(root, target))) return [`${document}: ${link}`]
      const anchors = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title.toLowerCase().replace(/[^\w -]/g, '').replaceAll(' ', '-'))
      return anchor === undefined || anchors.includes(anchor) ? [] : [`${document}: ${link}`]
    }),
  )
  expect(broken).toEqual([])
})

test("the README's word count should count words on the embedded broker", async () => {
  const broker = await Broker.start()
  const stateDir = mkdtempSync(path.join(tmpdir(), 'millrace-readme-'))
  const client = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING })
  const [admin, producer] = [client.admin(), client.producer()]
  await Promise.all([admin.connect(), producer.connect()])
  await admin.createTopics({ topics: [{ topic: 'lines' }, { topic: 'word-counts' }] })
  await producer.send({ topic: 'lines', messages: [{ value: 'to be or' }, { value: 'not to be' }] })

  const code = (snippets[0]?.code ?? '').replace('localhost:9092', broker.address).replace("'.state'", JSON.stringify(stateDir))
  const { outputText } = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 } })
  const run = new Function('require', 'exports', 'process', `return (async () => { ${outputText}; return streams })()`) as (
    require: (name: string) => unknown, exports: object, process: object,
  ) => Promise<KafkaStreams>
  const streams = await run(() => millrace, {}, { once: () => {} })
  const count = async (): Promise<number | undefined> => {
    try {
      return await streams.store<string, number>('counts').get('be')
    } catch (error) {
      if (streams.error === undefined && error instanceof millrace.InvalidStateStoreError) return undefined
      throw streams.error ?? error
    }
  }
  const patience = AbortSignal.timeout(25_000)
  try {
    while ((await count()) !== 2) {
      patience.throwIfAborted()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  } finally {
    await streams.close()
    rmSync(stateDir, { recursive: true, force: true })
    await Promise.all([admin.disconnect(), producer.disconnect()])
    await broker.close()
  }
})
