import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The package's own data set; this file runs from `dist/apps/provider`. */
export const ownData = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'data')
