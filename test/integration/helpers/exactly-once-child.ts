/** An application that runs exactly once in a process of its own, so that a test can kill it. Argument: a JSON text of `ExactlyOnceApp`. */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { exactlyOnceConfig, exactlyOnceTopology } from './exactly-once-app.ts'
import type { ExactlyOnceApp } from './exactly-once-app.ts'
import { runChild } from './run-child.ts'

const text = process.argv[2] ?? '{}'
const app = JSON.parse(text) as ExactlyOnceApp

// workers have a copy of it
process.env.MILLRACE_TEST_APP = text
const inWorkers = pathToFileURL(path.resolve('test/integration/helpers/exactly-once-module.ts'))
runChild(app.workers === true ? inWorkers : exactlyOnceTopology(app.topics, app), exactlyOnceConfig(app))
