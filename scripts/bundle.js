/**
 * Makes a few files of the hundreds that the compiler wrote to `dist`: node needs a third of a millisecond to find and read each
 * module, which was most of the time that a program took to start. Public entries and programs keep their places; what they share is
 * in `dist/chunks`. Declarations stay as they are.
 */
import { readFile, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { rollup } from 'rollup'

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const dist = path.join(root, 'dist')

/** Folders of which each file is a program, or part of one that finds others beside it. */
const PROGRAM_FOLDERS = ['apps', 'bench', 'bench/micro']
const PROGRAMS = [
  'lib/query/workers/stream-thread-worker.js',
  'examples/run.js',
  'examples/12-worker-threads.js',
  'examples/12-worker-threads-topology.js',
  'test/conformance/run.js',
  'test/conformance/run-models.js',
  'test/apps/tutorial-check.js',
]

const scriptsIn = async (folder) => (await readdir(path.join(dist, folder))).filter((name) => name.endsWith('.js')).map((name) => path.join(folder, name))

/** What package.json lets others import, as files of `dist`. */
const publicEntries = async () => {
  const { exports } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))
  return Object.values(exports).flatMap((target) => (typeof target === 'string' ? [] : [path.relative('dist', target.default)]))
}

const entries = [...(await publicEntries()), ...(await Promise.all(PROGRAM_FOLDERS.map(scriptsIn))).flat(), ...PROGRAMS]
const bundle = await rollup({
  input: Object.fromEntries(entries.map((entry) => [entry.replace(/\.js$/, ''), path.join(dist, entry)])),
  external: (id) => !id.startsWith('.') && !path.isAbsolute(id),
  onwarn: (warning) => {
    // Streams, tables and groupings make one another; `test/layers.test.ts` knows these circles and allows no others.
    // The compiler's helper for imports whose path is only known at run time asks for a global `this`, and does without.
    if (warning.code !== 'CIRCULAR_DEPENDENCY' && warning.code !== 'THIS_IS_UNDEFINED') throw new Error(warning.message)
  },
})
for (const name of await readdir(dist, { recursive: true })) {
  if (/\.js(\.map)?$/.test(name)) await rm(path.join(dist, name))
}
const { output } = await bundle.write({ dir: dist, format: 'es', chunkFileNames: 'chunks/[name]-[hash].js', hoistTransitiveImports: false })
await bundle.close()
console.log(`bundled ${entries.length} entries into ${output.length} files`)
