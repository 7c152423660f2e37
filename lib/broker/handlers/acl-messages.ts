import { errorCodes } from '../../protocol/error-table.ts'
import { CLUSTER_NAME, Operation, PatternType, Permission, ResourceType } from '../security/acl.ts'
import type { Acl, AclFilter } from '../security/acl.ts'
import type { Refusal } from '../topics/topic-creation.ts'

/** What requests call the parts of a filter. Version 1 brought prefixes. */
export const filterFields = {
  resourceTypeFilter: 'int8',
  resourceNameFilter: { type: 'string', nullable: '0+' },
  patternTypeFilter: { type: 'int8', default: 3 },
  principalFilter: { type: 'string', nullable: '0+' },
  hostFilter: { type: 'string', nullable: '0+' },
  operation: 'int8',
  permissionType: 'int8',
} as const

interface RequestedFilter {
  readonly resourceTypeFilter: number
  readonly resourceNameFilter: string | undefined
  readonly patternTypeFilter: number
  readonly principalFilter: string | undefined
  readonly hostFilter: string | undefined
  readonly operation: number
  readonly permissionType: number
}

const isOf = (values: Readonly<Record<string, number>>, value: number): boolean => Object.values(values).includes(value)

const invalid = (message: string): Refusal => ({ error: errorCodes.INVALID_REQUEST, message })

/** The filter that a request means, or what is wrong with it. */
export const filterOf = (asked: RequestedFilter): AclFilter | Refusal => {
  if (!isOf(ResourceType, asked.resourceTypeFilter) || !isOf(PatternType, asked.patternTypeFilter)) return invalid('Unknown patternFilter.')
  if (!isOf(Operation, asked.operation) || !isOf(Permission, asked.permissionType)) return invalid('Unknown entryFilter.')
  return {
    resourceType: asked.resourceTypeFilter,
    resourceName: asked.resourceNameFilter,
    patternType: asked.patternTypeFilter,
    principal: asked.principalFilter,
    host: asked.hostFilter,
    operation: asked.operation,
    permission: asked.permissionType,
  }
}

/** What is wrong with a rule that somebody wants; `undefined` when nothing is. */
export const whyInvalidAcl = (acl: Acl): Refusal | undefined => {
  if (acl.resourceType === ResourceType.ANY || !isOf(ResourceType, acl.resourceType)) return invalid(`Invalid resourceType ${acl.resourceType}`)
  if (acl.resourceType === ResourceType.CLUSTER && acl.resourceName !== CLUSTER_NAME) return invalid(`The only valid name for the CLUSTER resource is ${CLUSTER_NAME}`)
  if (acl.resourceName === '') return invalid('Invalid empty resource name')
  if (acl.patternType !== PatternType.LITERAL && acl.patternType !== PatternType.PREFIXED) return invalid(`Invalid patternType ${acl.patternType}`)
  if (acl.operation === Operation.ANY || !isOf(Operation, acl.operation)) return invalid(`Invalid operation ${acl.operation}`)
  if (acl.permission !== Permission.ALLOW && acl.permission !== Permission.DENY) return invalid(`Invalid permissionType ${acl.permission}`)
  if (!/^[^:]+:./.test(acl.principal)) return invalid(`expected a string in format principalType:principalName but got ${acl.principal}`)
  return undefined
}

export const NO_AUTHORIZER: Refusal = { error: errorCodes.SECURITY_DISABLED, message: 'No Authorizer is configured.' }
