/**
 * Applications of many families of operators in a process of its own, so that a test can kill them all. Argument: a JSON text
 * of `FamilyApp[]`. Prints a line when all of them run, and one with an error when one fails.
 */
import { KafkaStreams } from '../../../lib/index.ts'
import { appConfig } from './stateful-apps.ts'
import type { FamilyApp } from './stateful-apps.ts'
import { familyTopology } from './stateful-topologies.ts'

const apps = JSON.parse(process.argv[2] ?? '[]') as FamilyApp[]
let running = 0

const all = apps.map((app) => {
  const streams = new KafkaStreams(familyTopology(app.family, app.topics, app), appConfig(app))
  let ran = false
  streams.setStateListener((state) => {
    if (state === 'ERROR') {
      process.stdout.write(`FAILED ${app.family} ${streams.error?.stack ?? ''}\n`)
      process.exit(1)
    }
    if (state !== 'RUNNING' || ran) return
    ran = true
    if (++running === apps.length) process.stdout.write('RUNNING\n')
  })
  return streams
})
process.once('SIGTERM', () => void Promise.all(all.map((streams) => streams.close())).then(() => process.exit(0)))
for (const streams of all) void streams.start()
