import type { ApiDefinition, RequestInput, ResponseOf } from '../protocol/schema.ts'
import { findCoordinator } from '../protocol/messages/10-find-coordinator.ts'
import type { Cluster } from './cluster.ts'
import type { RequestOptions } from './connection.ts'
import { ClientError } from './errors.ts'
import { throwIfError } from './kafka-errors.ts'

const KEY_TYPES = { group: 0, transaction: 1 } as const

/** Kafka's errors after which another broker has to be asked. */
const MOVED: readonly (string | undefined)[] = ['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE']

/** The broker that coordinates one group or one transactional id: found on first use, and again when it moved or vanished. */
export class Coordinator {
  readonly #cluster: Cluster
  readonly #type: keyof typeof KEY_TYPES
  readonly #key: string
  #nodeId: number | undefined
  #finding: Promise<number> | undefined

  constructor(cluster: Cluster, type: keyof typeof KEY_TYPES, key: string) {
    this.#cluster = cluster
    this.#type = type
    this.#key = key
  }

  /** Look it up again before the next request. */
  forget(): void {
    this.#nodeId = undefined
  }

  /**
   * One request to the coordinator. `errorCode` picks the code that says whether it was the right broker. Errors inside of
   * the answer are thrown by `check`; those that name the wrong broker also make the next call look it up again.
   */
  async request<A extends ApiDefinition>(
    api: A,
    body: RequestInput<A>,
    check: (response: ResponseOf<A>) => void,
    options?: RequestOptions & { readonly lane?: number | undefined },
  ): Promise<ResponseOf<A>> {
    const nodeId = await this.#find()
    try {
      const connection = await this.#cluster.connection(nodeId, 'coordination', options?.lane)
      const response = await connection.request(api, body, options)
      check(response)
      return response
    } catch (error) {
      const gone = error instanceof ClientError && error.retriable && (error.kafkaName === undefined || MOVED.includes(error.kafkaName))
      if (gone && this.#nodeId === nodeId) this.forget()
      throw error
    }
  }

  async #find(): Promise<number> {
    if (this.#nodeId !== undefined) return this.#nodeId
    this.#finding ??= this.#lookUp().finally(() => (this.#finding = undefined))
    return this.#finding
  }

  async #lookUp(): Promise<number> {
    const answer = await this.#cluster.requestAny('metadata', findCoordinator, { key: this.#key, keyType: KEY_TYPES[this.#type] }, { maxVersion: 3 })
    throwIfError(answer.errorCode, `finding the coordinator of ${this.#type} ${this.#key}`, answer.errorMessage)
    this.#cluster.noteBroker({ nodeId: answer.nodeId, host: answer.host, port: answer.port, rack: undefined })
    this.#nodeId = answer.nodeId
    return answer.nodeId
  }
}
