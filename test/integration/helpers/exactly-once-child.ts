/** An application that runs exactly once in a process of its own, so that a test can kill it. Argument: a JSON text of `ExactlyOnceApp`. */
import { exactlyOnceConfig, exactlyOnceTopology } from './exactly-once-app.ts'
import type { ExactlyOnceApp } from './exactly-once-app.ts'
import { runChild } from './run-child.ts'

const app = JSON.parse(process.argv[2] ?? '{}') as ExactlyOnceApp

runChild(exactlyOnceTopology(app.topics, app), exactlyOnceConfig(app))
