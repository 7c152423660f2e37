/** An application whose stream threads run in workers, in a process of its own that does what the test asks: see `workers-app.ts`. */
import { appendFileSync } from 'node:fs'
import { inspect } from 'node:util'
import * as millrace from 'millrace'

const { config, options, answer } = JSON.parse(process.argv[2])
const heard = { logs: [], restored: [], standbys: [], failures: [], states: [] }
/** A file, to which processes add what they have to say, for whoever looks for a fault. */
const LOG = process.env.MILLRACE_CHILD_LOG
const log = (level) => (fields, message) => {
  heard.logs.push({ level, message, ...fields })
  if (LOG !== undefined) appendFileSync(LOG, `${new Date().toISOString()} ${process.pid} ${level} ${message} ${inspect(fields, { breakLength: Infinity })}\n`)
}
const logger = { debug: () => {}, info: log('info'), warn: log('warn'), error: log('error') }
const streams = new millrace.KafkaStreams(new URL('./workers-topology.mjs', import.meta.url), config, { logger, ...options })

streams.setStateListener((state) => {
  heard.states.push(state)
  log('info')({ state }, 'a new state')
})
streams.setGlobalStateRestoreListener({
  onRestoreStart: (partition, store) => heard.restored.push(`start ${store} ${partition.partition}`),
  onRestoreEnd: (partition, store, total) => heard.restored.push(`end ${store} ${partition.partition} ${total}`),
})
streams.setStandbyUpdateListener({
  onUpdateStart: (partition, store) => heard.standbys.push(`start ${store} ${partition.partition}`),
  onBatchLoaded: (partition, store, taskId) => heard.standbys.push(`batch ${store} ${taskId}`),
})
streams.setUncaughtExceptionHandler((error) => {
  const { name, message, code, stack, cause } = error
  const isOurs = error instanceof millrace.StreamsError
  heard.failures.push({ name, message, code, isOurs, stack, cause: cause && { name: cause.name, message: cause.message, code: cause.code, cause: cause.cause?.message } })
  return answer
})

process.on('message', async ({ id, source, args }) => {
  try {
    const ask = new Function(`return (${source})`)()
    process.send({ id, answer: await ask({ streams, heard, millrace }, ...args) })
  } catch (error) {
    process.send({ id, error: String(error) })
  }
})
process.once('disconnect', () => process.exit(1))
process.once('SIGTERM', () => void streams.close().then(() => process.exit(0)))
streams.start().then(() => process.send({ id: 0 }), (error) => process.send({ id: 0, error: String(error) }))
