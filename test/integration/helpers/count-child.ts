/**
 * A counting application in a process of its own, so that a test can kill it. Arguments: bootstrap servers, application id,
 * input topic, output topic, state directory, engine. Prints a line with every state.
 */
import { keyCount } from './apps.ts'
import { ONLY_MEMBER, runChild } from './run-child.ts'

const [bootstrapServers = '', applicationId = '', input = '', output = '', stateDir = '', engine = 'memory'] = process.argv.slice(2)

runChild(keyCount(input, output, engine as 'memory'), { applicationId, bootstrapServers, stateDir, consumer: ONLY_MEMBER })
