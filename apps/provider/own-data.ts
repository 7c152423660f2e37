import { createRequire } from 'node:module'
import path from 'node:path'

/** The package's own data set, wherever in `dist` this code ends up. */
export const ownData = path.join(path.dirname(createRequire(import.meta.url).resolve('millrace/package.json')), 'data')
