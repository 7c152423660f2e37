/**
 * An application with an asynchronous operator in a process of its own, so that a test can kill it. Arguments: bootstrap
 * servers, application id, input topic, output topic, state directory, order. Prints a line with every state.
 */
import type { AsyncOrder } from '../../../lib/index.ts'
import { enriching } from './apps.ts'
import { ONLY_MEMBER, runChild } from './run-child.ts'

const [bootstrapServers = '', applicationId = '', input = '', output = '', stateDir = '', order = 'partition'] = process.argv.slice(2)

/** Answers after 0 to 9 ms, so that answers come in another order than records. */
const service = (value: string): Promise<string> => new Promise((resolve) => setTimeout(() => resolve(`${value}!`), Number(value) * 7 % 10))

runChild(enriching(input, output, service, { order: order as AsyncOrder }), { applicationId, bootstrapServers, stateDir, consumer: ONLY_MEMBER })
