/** What ACLs are about, by the numbers that requests give it. */
export const ResourceType = { ANY: 1, TOPIC: 2, GROUP: 3, CLUSTER: 4, TRANSACTIONAL_ID: 5, DELEGATION_TOKEN: 6, USER: 7 } as const
export type ResourceType = (typeof ResourceType)[keyof typeof ResourceType]

/** How a resource is named: by its whole name, or by how it begins. MATCH asks for all that a name falls under. */
export const PatternType = { ANY: 1, MATCH: 2, LITERAL: 3, PREFIXED: 4 } as const
export type PatternType = (typeof PatternType)[keyof typeof PatternType]

export const Operation = {
  ANY: 1, ALL: 2, READ: 3, WRITE: 4, CREATE: 5, DELETE: 6, ALTER: 7, DESCRIBE: 8, CLUSTER_ACTION: 9, DESCRIBE_CONFIGS: 10, ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12, CREATE_TOKENS: 13, DESCRIBE_TOKENS: 14, TWO_PHASE_COMMIT: 15,
} as const
export type Operation = (typeof Operation)[keyof typeof Operation]

export const Permission = { ANY: 1, DENY: 2, ALLOW: 3 } as const
export type Permission = (typeof Permission)[keyof typeof Permission]

/** The name of the one resource of type CLUSTER. */
export const CLUSTER_NAME = 'kafka-cluster'
/** Every name, as a literal; every host. */
export const WILDCARD = '*'
/** Everybody. */
export const WILDCARD_PRINCIPAL = 'User:*'

/** One rule: who may, or may not, do what with what, from where. */
export interface Acl {
  readonly resourceType: number
  readonly resourceName: string
  readonly patternType: number
  /** `User:` and a name. */
  readonly principal: string
  /** An address, or `*`. */
  readonly host: string
  readonly operation: number
  readonly permission: number
}

/** Which rules are meant; what is not given may be anything. */
export interface AclFilter {
  readonly resourceType: number
  readonly resourceName: string | undefined
  readonly patternType: number
  readonly principal: string | undefined
  readonly host: string | undefined
  readonly operation: number
  readonly permission: number
}

const isName = (filter: AclFilter, acl: Acl): boolean => {
  const { resourceName, patternType } = filter
  if (resourceName === undefined || resourceName === acl.resourceName) return true
  if (patternType !== PatternType.MATCH) return false
  return acl.patternType === PatternType.PREFIXED ? resourceName.startsWith(acl.resourceName) : acl.resourceName === WILDCARD
}

export const matches = (filter: AclFilter, acl: Acl): boolean =>
  (filter.resourceType === ResourceType.ANY || filter.resourceType === acl.resourceType) &&
  (filter.patternType === PatternType.ANY || filter.patternType === PatternType.MATCH || filter.patternType === acl.patternType) &&
  isName(filter, acl) &&
  (filter.principal === undefined || filter.principal === acl.principal) &&
  (filter.host === undefined || filter.host === acl.host) &&
  (filter.operation === Operation.ANY || filter.operation === acl.operation) &&
  (filter.permission === Permission.ANY || filter.permission === acl.permission)

/** Which operations there are on a type of resource. */
export const operationsOn: Readonly<Record<ResourceType, readonly Operation[]>> = {
  [ResourceType.ANY]: [],
  [ResourceType.TOPIC]: [
    Operation.READ, Operation.WRITE, Operation.CREATE, Operation.DESCRIBE, Operation.DELETE, Operation.ALTER, Operation.DESCRIBE_CONFIGS, Operation.ALTER_CONFIGS,
  ],
  [ResourceType.GROUP]: [Operation.READ, Operation.DESCRIBE, Operation.DELETE, Operation.DESCRIBE_CONFIGS, Operation.ALTER_CONFIGS],
  [ResourceType.CLUSTER]: [
    Operation.CREATE, Operation.CLUSTER_ACTION, Operation.DESCRIBE_CONFIGS, Operation.ALTER_CONFIGS, Operation.IDEMPOTENT_WRITE, Operation.ALTER, Operation.DESCRIBE,
  ],
  [ResourceType.TRANSACTIONAL_ID]: [Operation.DESCRIBE, Operation.WRITE, Operation.TWO_PHASE_COMMIT],
  [ResourceType.DELEGATION_TOKEN]: [Operation.DESCRIBE],
  [ResourceType.USER]: [Operation.CREATE_TOKENS, Operation.DESCRIBE_TOKENS],
}

/** Operations as the bit field in which clients are told what they may do. */
export const bitField = (operations: readonly Operation[]): number => operations.reduce((bits, operation) => bits | (1 << operation), 0)
