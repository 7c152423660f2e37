import { readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(__dirname, '..', '..')
const IMPORT = /^(?:import|export)\s+(?!type\s)(?:[^'"`;]*?\sfrom\s+)?'(\.[^']+)'/gm

/** The files of ours that are loaded with this one, itself included. */
const loadedWith = (file: string, loaded = new Set<string>()): Set<string> => {
  if (loaded.has(file)) return loaded
  loaded.add(file)
  for (const [, relative = ''] of readFileSync(path.join(root, file), 'utf8').matchAll(IMPORT)) loadedWith(path.posix.join(path.posix.dirname(file), relative), loaded)
  return loaded
}

// A file costs more than half a millisecond; a broker is to answer 200 ms after its process was started.
test('a broker should load few files before it listens: what not everybody needs is loaded when it is asked for', () => {
  const files = [...loadedWith('apps/broker.ts')]
  expect(files.filter((file) => file.startsWith('lib/protocol/messages/')).length).toBeLessThanOrEqual(6)
  expect(files.length).toBeLessThanOrEqual(131)
})
