import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { errorTable } from '../lib/protocol/index.ts'

const root = path.resolve(__dirname, '..')

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

/** Source files below a folder. */
const filesBelow = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesBelow(name) : name.endsWith('.ts') ? [name] : []
  })

/** What a module exports by name: values and types, as its text says. */
const exportedNames = (file: string): string[] =>
  [...read(file).matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
    .flatMap(([, list = '']) => list.split(','))
    .map((name) => name.trim().split(/\s+as\s+/).at(-1) ?? '')
    .filter((name) => name !== '')
    .sort()

describe('the public API', () => {
  const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, string | { default: string }> }
  const rooms = Object.entries(exports).flatMap(([name, target]) =>
    typeof target === 'string' ? [] : [[name, target.default.replace('./dist/', '').replace(/\.js$/, '.ts')] as const],
  )

  test.each(rooms)('the names exported by %s should be these', (_room, file) => {
    const names = exportedNames(file)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toMatchSnapshot()
  })
})

describe('the error codes', () => {
  const codes = new Set(
    ['lib', 'dsl', 'stores', 'topology', 'apps'].flatMap(filesBelow).flatMap((file) => read(file).match(/MILLRACE_[A-Z0-9]+(?:_[A-Z0-9]+)*(?![A-Z0-9_])/g) ?? []),
  )
  const rows = read('docs/errors.md').match(/^\| `MILLRACE_[A-Z0-9_]+`/gm) ?? []
  const documented = rows.map((row) => row.slice(3, -1))

  test('every code in the sources should be in docs/errors.md, and no other', () => {
    expect(documented.toSorted()).toEqual([...codes].sort())
  })

  test('no code should be documented twice', () => {
    expect(new Set(documented).size).toBe(documented.length)
  })

  test('every row should say what it means and what to do', () => {
    const table = read('docs/errors.md').split('\n').filter((line) => line.startsWith('| `MILLRACE_'))
    expect(table.filter((line) => line.split('|').slice(2, -1).filter((cell) => cell.trim().length > 5).length !== 2)).toEqual([])
  })

  test('errors that brokers answer with should carry the name out of the error table', () => {
    expect(Object.values(errorTable).length).toBeGreaterThan(50)
    expect(read('docs/errors.md')).toContain('`MILLRACE_KAFKA_…`')
  })
})
