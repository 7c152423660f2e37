import type { HandlerTable } from '../../handlers/handler-table.ts'
import type { AnyHandler, RequestContext } from '../../handlers/handler.ts'
import { Operation } from '../acl.ts'
import type { Authorizer } from '../authorizer.ts'
import { Gate } from '../gate.ts'
import { alterConfigsGuard, describeConfigsGuard, incrementalAlterConfigsGuard } from './config-guards.ts'
import {
  consumerGroupDescribeGuard, consumerGroupHeartbeatGuard, deleteGroupsGuard, describeGroupsGuard, findCoordinatorGuard, listGroupsGuard, offsetCommitGuard, offsetDeleteGuard,
  offsetFetchGuard, streamsGroupDescribeGuard, streamsGroupHeartbeatGuard,
} from './group-guards.ts'
import { onCluster, onGroup, open } from './guard.ts'
import type { AnyGuard } from './guard.ts'
import {
  alterShareGroupOffsetsGuard, deleteShareGroupOffsetsGuard, describeShareGroupOffsetsGuard, shareAcknowledgeGuard, shareFetchGuard, shareGroupDescribeGuard, shareGroupHeartbeatGuard,
} from './share-guards.ts'
import {
  createPartitionsGuard, createTopicsGuard, deleteRecordsGuard, deleteTopicsGuard, describeProducersGuard, describeTopicPartitionsGuard, listOffsetsGuard, metadataGuard,
  offsetForLeaderEpochGuard, produceGuard,
} from './topic-guards.ts'
import {
  addOffsetsToTxnGuard, addPartitionsToTxnGuard, describeTransactionsGuard, endTxnGuard, initProducerIdGuard, listTransactionsGuard, txnOffsetCommitGuard,
} from './transaction-guards.ts'

const { READ, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS } = Operation

/** What stands between clients and each api, by its key. */
export const guards: ReadonlyMap<number, AnyGuard> = new Map([
  [0, produceGuard],
  // The partitions of a fetch session outlive requests: the handler itself asks the gate, at every look.
  [1, open],
  [2, listOffsetsGuard],
  [3, metadataGuard],
  [8, offsetCommitGuard],
  [9, offsetFetchGuard],
  [10, findCoordinatorGuard],
  [11, onGroup(READ)],
  [12, onGroup(READ)],
  [13, onGroup(READ)],
  [14, onGroup(READ)],
  [15, describeGroupsGuard],
  [16, listGroupsGuard],
  [17, open],
  [18, open],
  [19, createTopicsGuard],
  [20, deleteTopicsGuard],
  [21, deleteRecordsGuard],
  [22, initProducerIdGuard],
  [23, offsetForLeaderEpochGuard],
  [24, addPartitionsToTxnGuard],
  [25, addOffsetsToTxnGuard],
  [26, endTxnGuard],
  [27, onCluster(ALTER, CLUSTER_ACTION)],
  [28, txnOffsetCommitGuard],
  [29, onCluster(DESCRIBE)],
  [30, onCluster(ALTER)],
  [31, onCluster(ALTER)],
  [32, describeConfigsGuard],
  [33, alterConfigsGuard],
  [34, onCluster(ALTER)],
  [35, onCluster(DESCRIBE)],
  [36, open],
  [37, createPartitionsGuard],
  [42, deleteGroupsGuard],
  [43, onCluster(ALTER)],
  [44, incrementalAlterConfigsGuard],
  [45, onCluster(ALTER)],
  [46, onCluster(DESCRIBE)],
  [47, offsetDeleteGuard],
  [48, onCluster(DESCRIBE_CONFIGS)],
  [49, onCluster(ALTER_CONFIGS)],
  // Whose tokens a client may ask for is for the handlers to say.
  [38, open],
  [39, open],
  [40, open],
  [41, open],
  [50, onCluster(DESCRIBE)],
  [51, onCluster(ALTER)],
  [55, onCluster(DESCRIBE)],
  [57, onCluster(ALTER)],
  [60, open],
  [61, describeProducersGuard],
  [65, describeTransactionsGuard],
  [66, listTransactionsGuard],
  [68, consumerGroupHeartbeatGuard],
  [69, consumerGroupDescribeGuard],
  [74, onCluster(DESCRIBE_CONFIGS)],
  [75, describeTopicPartitionsGuard],
  [76, shareGroupHeartbeatGuard],
  [77, shareGroupDescribeGuard],
  [78, shareFetchGuard],
  [79, shareAcknowledgeGuard],
  [88, streamsGroupHeartbeatGuard],
  [89, streamsGroupDescribeGuard],
  [90, describeShareGroupOffsetsGuard],
  [91, alterShareGroupOffsetsGuard],
  [92, deleteShareGroupOffsetsGuard],
])

/** For apis that nobody has thought about. */
const closed = onCluster(CLUSTER_ACTION)

/** The client's address as rules have it: an IPv4 address is one however the socket calls it. */
const addressOf = ({ clientHost }: RequestContext): string => clientHost.replace(/^\/(?:::ffff:)?/, '')

/** The handlers of a broker with ACLs: as ever, each with its guard before it. */
export class GuardedHandlers implements Pick<HandlerTable, 'get'> {
  readonly #handlers: Pick<HandlerTable, 'get'>
  readonly #authorizer: Authorizer
  readonly #guarded = new Map<number, AnyHandler>()
  /** By what ends with a connection. */
  readonly #gates = new WeakMap<AbortSignal, Gate>()

  constructor(handlers: Pick<HandlerTable, 'get'>, authorizer: Authorizer) {
    this.#handlers = handlers
    this.#authorizer = authorizer
  }

  get(apiKey: number): AnyHandler | Promise<AnyHandler> | undefined {
    const guarded = this.#guarded.get(apiKey)
    if (guarded !== undefined) return guarded
    const handler = this.#handlers.get(apiKey)
    return handler === undefined || handler instanceof Promise ? handler : this.#guard(apiKey, handler)
  }

  /** The same for all requests of a connection, once its client has said who it is. */
  #gateOf(context: RequestContext): Gate {
    const { principal } = context
    const known = this.#gates.get(context.closed)
    if (known?.principal === principal) return known
    const gate = new Gate(this.#authorizer, { principal, host: addressOf(context) })
    this.#gates.set(context.closed, gate)
    return gate
  }

  #guard(apiKey: number, handler: AnyHandler): AnyHandler {
    const guard = guards.get(apiKey) ?? closed
    const guarded: AnyHandler = {
      ...handler,
      handle: (request, context) => {
        const gate = this.#gateOf(context)
        return guard(request, Object.assign(context, { gate }), handler, gate)
      },
    }
    this.#guarded.set(apiKey, guarded)
    return guarded
  }
}
