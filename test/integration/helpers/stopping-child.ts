/**
 * A counting application in a process of its own, which stops itself (SIGSTOP) in the middle of processing a record with the value
 * `stop`, before anything of it is sent. Arguments: bootstrap servers, application id, input topic, output topic, state directory.
 */
import { Serdes, StreamsBuilder } from '../../../lib/index.ts'
import { runChild } from './run-child.ts'

const [bootstrapServers = '', applicationId = '', input = '', output = '', stateDir = ''] = process.argv.slice(2)
const counted = { key: Serdes.string, value: Serdes.long }
const builder = new StreamsBuilder()
const events = builder.stream<string, string>(input, { key: Serdes.string, value: Serdes.string })
const counts = events.groupByKey({ key: Serdes.string, value: Serdes.string }).count({ ...counted, store: 'counts', storeType: 'in_memory' }).toStream()
counts.to(output, counted)
events.foreach((_key, value) => {
  if (value !== 'stop') return
  process.stdout.write('STOPPED\n')
  process.kill(process.pid, 'SIGSTOP')
})

runChild(builder.build(), { applicationId, bootstrapServers, stateDir, consumer: { 'session.timeout.ms': 1000 } })
