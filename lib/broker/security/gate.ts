import { CLUSTER_NAME, Operation, ResourceType, bitField, operationsOn } from './acl.ts'
import type { Authorizer, Client } from './authorizer.ts'

/** What one client may do: the authorizer, asked for it. Only a broker with ACLs has gates. */
export class Gate {
  readonly #authorizer: Authorizer
  readonly #client: Client

  constructor(authorizer: Authorizer, client: Client) {
    this.#authorizer = authorizer
    this.#client = client
  }

  get principal(): string {
    return this.#client.principal
  }

  may(operation: Operation, resourceType: ResourceType, resourceName: string): boolean {
    return this.#authorizer.allows(this.#client, operation, resourceType, resourceName)
  }

  mayOnCluster(operation: Operation): boolean {
    return this.#authorizer.allowsOnCluster(this.#client, operation)
  }

  maySomewhere(operation: Operation, resourceType: ResourceType): boolean {
    return this.#authorizer.allowsSomewhere(this.#client, operation, resourceType)
  }

  operations(resourceType: ResourceType, resourceName: string): number {
    return this.#authorizer.operations(this.#client, resourceType, resourceName)
  }
}

/** Whatever has a gate, or has none because there are no ACLs. */
interface Gated {
  readonly gate?: Gate
}

/** What a client is told that it may do with a resource; without ACLs everything there is. */
export const authorizedOperations = ({ gate }: Gated, resourceType: ResourceType, resourceName: string): number =>
  gate === undefined ? bitField(operationsOn[resourceType]) : gate.operations(resourceType, resourceName)

/** The same of the cluster, which is told only to those who may see it. */
export const authorizedClusterOperations = (context: Gated): number =>
  context.gate?.mayOnCluster(Operation.DESCRIBE) === false ? 0 : authorizedOperations(context, ResourceType.CLUSTER, CLUSTER_NAME)
