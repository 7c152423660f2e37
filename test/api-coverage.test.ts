import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(__dirname, '..')
const reference = path.resolve(root, '../shared/reference/kafka-streams-api.txt')
const page = readFileSync(path.join(root, 'docs/api-coverage.md'), 'utf8')

/** The page's names in code, whole and by their parts: `Suppressed.BufferConfig` is found as `BufferConfig` too. */
const named = new Set([...page.matchAll(/`([^`]+)`/g)].flatMap(([, code = '']) => code.split(/[^A-Za-z0-9_]+/)))

// the list of Java's classes is not part of the repository
if (existsSync(reference)) {
  test('the coverage page should name every class of Java that is not deprecated', () => {
    const classes = readFileSync(reference, 'utf8').split('\n')
      .filter((line) => line.startsWith('## ') && !line.includes('(deprecated)'))
      .map((line) => line.replace(/^## \w+ /, ''))
    const missing = classes.filter((name) => !name.replace(/^([a-z]+\.)*/, '').split('.').every((part) => named.has(part)))
    expect(missing).toEqual([])
  })
}

test('the names of operators on the coverage page should be in the interfaces', () => {
  const rows = page.split('\n').filter((line) => /^\| `(KStream|KTable|KafkaStreams)`: /.test(line))
  const sources = { KStream: 'dsl/kstream.ts', KTable: 'dsl/ktable.ts', KafkaStreams: 'lib/kafka-streams.ts' }
  const missing = rows.flatMap((row) => {
    const [owner = '', ...methods] = [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
    const text = readFileSync(path.join(root, sources[owner as keyof typeof sources]), 'utf8')
    return methods.filter((method) => !new RegExp(`\\b${method}\\b`).test(text)).map((method) => `${owner}.${method}`)
  })
  expect(rows).toHaveLength(3)
  expect(missing).toEqual([])
})
