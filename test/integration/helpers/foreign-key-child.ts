/**
 * An application with a foreign-key join in a process of its own, so that a test can kill it. Arguments: bootstrap servers,
 * application id, the topics of orders, customers and results, state directory, kind of store. Prints a line with every state.
 */
import type { DslStoreType } from '../../../dsl/store-type.ts'
import { ordersOfCustomers } from './foreign-key-app.ts'
import { ONLY_MEMBER, runChild } from './run-child.ts'

const [bootstrapServers = '', applicationId = '', orders = '', customers = '', output = '', stateDir = '', storeType = ''] = process.argv.slice(2)

runChild(ordersOfCustomers('left', orders, customers, output, storeType as DslStoreType), { applicationId, bootstrapServers, stateDir, consumer: ONLY_MEMBER })
