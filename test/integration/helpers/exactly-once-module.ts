/** The topology of `exactly-once-child.ts` for worker threads, each of which loads it by itself. The environment has the JSON text of `ExactlyOnceApp`. */
import { exactlyOnceTopology } from './exactly-once-app.ts'
import type { ExactlyOnceApp } from './exactly-once-app.ts'

const app = JSON.parse(process.env.MILLRACE_TEST_APP ?? '{}') as ExactlyOnceApp

export default () => exactlyOnceTopology(app.topics, app)
