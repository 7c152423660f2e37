import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(__dirname, '..')
const layers = JSON.parse(readFileSync(path.join(root, 'layers.json'), 'utf8')) as Record<string, readonly string[]>

/** One import of one of our own files, both relative to the root, with `/`. */
interface Import {
  readonly from: string
  readonly to: string
  /** True when nothing of it is there at run time. */
  readonly isType: boolean
}

const filesBelow = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`
    return entry.isDirectory() ? filesBelow(name) : name.endsWith('.ts') ? [name] : []
  })

const files = [...new Set(Object.keys(layers).map((room) => room.split('/')[0] ?? room))].flatMap(filesBelow)

const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?'(\.[^']+)'/gm
const DYNAMIC = /\bimport\('(\.[^']+)'\)/g

const importsOf = (file: string): Import[] => {
  const content = readFileSync(path.join(root, file), 'utf8')
  const target = (relative: string): string => path.posix.join(path.posix.dirname(file), relative)
  return [
    ...[...content.matchAll(STATEMENT)].map(([, type, relative = '']) => ({ from: file, to: target(relative), isType: type !== undefined })),
    ...[...content.matchAll(DYNAMIC)].map(([, relative = '']) => ({ from: file, to: target(relative), isType: false })),
  ]
}

const imports = files.flatMap(importsOf)

const isIn = (room: string, file: string): boolean => {
  const name = file.replace(/\.ts$/, '')
  return name === room || name.startsWith(`${room}/`)
}

/** The entry of layers.json that a file belongs to: the longest that fits. */
const roomOf = (file: string): string | undefined =>
  Object.keys(layers).filter((room) => isIn(room, file)).sort((a, b) => b.length - a.length)[0]

/** The chains of imports that lead back to where they began, each once. */
const cycles = (edges: readonly Import[]): string[] => {
  const targets = new Map<string, Import[]>()
  for (const edge of edges) targets.set(edge.from, [...(targets.get(edge.from) ?? []), edge])
  const found = new Set<string>()
  const done = new Set<string>()
  const visit = (file: string, chain: readonly string[]): void => {
    const at = chain.indexOf(file)
    if (at >= 0) return void found.add([...chain.slice(at), file].join(' -> '))
    if (done.has(file)) return
    for (const { to } of targets.get(file) ?? []) visit(to, [...chain, file])
    done.add(file)
  }
  for (const file of targets.keys()) visit(file, [])
  return [...found]
}

/** Streams, tables, groupings and their windowed forms make one another: `stream.toTable()`, `table.toStream()`. Only their methods do, so it does not matter which is loaded first. */
const makesEachOther = /^dsl\/internals\/(branched|cogrouped|cogrouped-windowed|kgrouped-stream|kgrouped-table|kstream|ktable|session-windowed|time-windowed)-impl\.ts$/

describe('the import direction', () => {
  test('every source file should belong to a room of layers.json', () => {
    expect(files.filter((file) => roomOf(file) === undefined)).toEqual([])
  })

  test('layers.json should allow only rooms that exist', () => {
    const named = new Set([...Object.keys(layers), ...Object.values(layers).flat()])
    const missing = [...named].filter((room) => ![room, `${room}.ts`].some((each) => statSync(path.join(root, each), { throwIfNoEntry: false })))
    expect(missing).toEqual([])
  })

  test('every import should name a file that exists', () => {
    expect(imports.filter(({ to }) => !statSync(path.join(root, to), { throwIfNoEntry: false })?.isFile())).toEqual([])
  })

  test('no file should import from a room that its own may not see', () => {
    const broken = imports.flatMap(({ from, to }) => {
      const room = roomOf(from)
      if (room === undefined) return []
      const seen = layers[room] ?? []
      return [room, ...seen].some((each) => isIn(each, to)) ? [] : [`${from} may not import ${to}: ${room} sees only ${seen.join(', ') || 'nothing of ours'}`]
    })
    expect(broken).toEqual([])
  })

  test('no file should need itself to be loaded', () => {
    const found = cycles(imports.filter(({ isType }) => !isType))
    expect(found.filter((cycle) => !cycle.split(' -> ').every((file) => makesEachOther.test(file)))).toEqual([])
  })

  test('types should refer to each other in cycles only within one folder', () => {
    const acrossFolders = cycles(imports).filter((cycle) => {
      const folders = cycle.split(' -> ').map((file) => path.posix.dirname(file))
      const outermost = folders.reduce((a, b) => (a.length <= b.length ? a : b))
      return !folders.every((folder) => folder === outermost || folder.startsWith(`${outermost}/`))
    })
    expect(acrossFolders).toEqual([])
  })
})

describe('the size of files', () => {
  const lines = files.map((file) => ({ file, lines: readFileSync(path.join(root, file), 'utf8').split('\n').length - 1 })).sort((a, b) => b.lines - a.lines)

  test('no file should be longer than 600 lines, and half of them than 120', () => {
    process.stdout.write(`The five largest files:\n${lines.slice(0, 5).map(({ file, lines: count }) => `  ${count} ${file}\n`).join('')}`)
    expect(lines.filter(({ lines: count }) => count > 600)).toEqual([])
    expect(lines[Math.floor(lines.length / 2)]?.lines).toBeLessThanOrEqual(120)
  })
})
