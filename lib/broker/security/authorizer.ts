import { CLUSTER_NAME, Operation, PatternType, Permission, ResourceType, WILDCARD, WILDCARD_PRINCIPAL, bitField, operationsOn } from './acl.ts'
import type { Acl } from './acl.ts'
import type { AclStore } from './acl-store.ts'

/** Whether and how the broker asks ACLs. */
export interface AclOptions {
  /** Who may do everything, as `User:NAME`. Without ACLs nobody else may do anything. Kafka's `super.users`. @default none */
  readonly superUsers?: readonly string[]
  /** Whether everybody may do everything with what no ACL is about. Kafka's `allow.everyone.if.no.acl.found`. @default false */
  readonly allowEveryoneIfNoAclFound?: boolean
}

/** Who asks. */
export interface Client {
  readonly principal: string
  /** The address that the client has. */
  readonly host: string
}

const { READ, WRITE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS, ALL } = Operation

/** Whether a rule that allows one operation allows another with it: who may read may also see that there is something. */
const isImplied = (operation: Operation, allowed: number): boolean =>
  (operation === DESCRIBE && (allowed === READ || allowed === WRITE || allowed === DELETE || allowed === ALTER)) ||
  (operation === DESCRIBE_CONFIGS && allowed === ALTER_CONFIGS)

const isAboutClient = (acl: Acl, { principal, host }: Client): boolean =>
  (acl.principal === principal || acl.principal === WILDCARD_PRINCIPAL) && (acl.host === host || acl.host === WILDCARD)

/** Decides by ACLs who may do what, as Kafka's StandardAuthorizer does. */
export class Authorizer {
  readonly acls: AclStore
  readonly #superUsers: ReadonlySet<string>
  readonly #otherwise: boolean

  constructor(acls: AclStore, { superUsers = [], allowEveryoneIfNoAclFound = false }: AclOptions) {
    this.acls = acls
    this.#superUsers = new Set(superUsers)
    this.#otherwise = allowEveryoneIfNoAclFound
  }

  allows(client: Client, operation: Operation, resourceType: ResourceType, resourceName: string): boolean {
    if (this.#superUsers.has(client.principal)) return true
    let isAllowed = false
    let isMentioned = false
    for (const acl of this.acls.about(resourceType, resourceName)) {
      isMentioned = true
      if (!isAboutClient(acl, client)) continue
      const isMeant = acl.operation === operation || acl.operation === ALL
      if (acl.permission === Permission.DENY) {
        if (isMeant) return false
      } else if (isMeant || isImplied(operation, acl.operation)) {
        isAllowed = true
      }
    }
    return isAllowed || (!isMentioned && this.#otherwise)
  }

  allowsOnCluster(client: Client, operation: Operation): boolean {
    return this.allows(client, operation, ResourceType.CLUSTER, CLUSTER_NAME)
  }

  /** Whether there can be any resource of the type with which the client may do this (KIP-679). */
  allowsSomewhere(client: Client, operation: Operation, resourceType: ResourceType): boolean {
    // A name like any other, for those who may do everything.
    if (this.allows(client, operation, resourceType, 'hardcode')) return true
    const allowed: Acl[] = []
    const denied: Acl[] = []
    for (const acl of this.acls.ofType(resourceType)) {
      if (!isAboutClient(acl, client) || (acl.operation !== operation && acl.operation !== ALL)) continue
      const list = acl.permission === Permission.DENY ? denied : allowed
      list.push(acl)
    }
    const covers = (denial: Acl, { patternType, resourceName }: Acl): boolean =>
      denial.patternType === PatternType.PREFIXED
        ? resourceName.startsWith(denial.resourceName)
        : denial.resourceName === WILDCARD || (patternType === PatternType.LITERAL && denial.resourceName === resourceName)
    return allowed.some((acl) => !denied.some((denial) => covers(denial, acl) && !(acl.resourceName === WILDCARD && denial.resourceName !== WILDCARD)))
  }

  /** What the client may do with a resource, as a bit field. */
  operations(client: Client, resourceType: ResourceType, resourceName: string): number {
    return bitField(operationsOn[resourceType].filter((operation) => this.allows(client, operation, resourceType, resourceName)))
  }
}
