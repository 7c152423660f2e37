import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

/** Where the program of a worker is: beside this file, or at its place in `dist` when this code is in a bundle. */
export const workerProgram = (): URL => {
  const here = import.meta.url
  const own = /worker-program(\.[jt]s)$/.exec(here)
  if (own !== null) return new URL(`./stream-thread-worker${own[1]}`, here)
  const root = path.dirname(createRequire(here).resolve('millrace/package.json'))
  return pathToFileURL(path.join(root, 'dist/lib/query/workers/stream-thread-worker.js'))
}
