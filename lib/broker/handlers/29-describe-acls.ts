import { errorCodes } from '../../protocol/error-table.ts'
import type { ApiDefinition, ResponseInput } from '../../protocol/schema.ts'
import type { Acl } from '../security/acl.ts'
import { filterFields, filterOf } from './acl-messages.ts'
import { handler } from './handler.ts'

const describeAcls = {
  key: 29,
  name: 'DescribeAcls',
  versions: '1-3',
  flexible: '2+',
  request: filterFields,
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    resources: {
      arrayOf: {
        resourceType: 'int8',
        resourceName: 'string',
        patternType: { type: 'int8', default: 3 },
        acls: { arrayOf: { principal: 'string', host: 'string', operation: 'int8', permissionType: 'int8' } },
      },
    },
  },
} as const satisfies ApiDefinition

type Resource = ResponseInput<typeof describeAcls>['resources'][number]

const byResource = (acls: readonly Acl[]): Resource[] => {
  const grouped = new Map<string, { resourceType: number; resourceName: string; patternType: number; acls: Resource['acls'][number][] }>()
  for (const { resourceType, resourceName, patternType, principal, host, operation, permission } of acls) {
    const key = `${resourceType}/${patternType}/${resourceName}`
    const resource = grouped.get(key) ?? { resourceType, resourceName, patternType, acls: [] }
    resource.acls.push({ principal, host, operation, permissionType: permission })
    grouped.set(key, resource)
  }
  return [...grouped.values()]
}

export const describeAclsHandler = handler<typeof describeAcls>({
  api: describeAcls,
  handle: (request, { broker: { authorizer } }) => {
    if (authorizer === undefined) return { errorCode: errorCodes.SECURITY_DISABLED, errorMessage: 'No Authorizer is configured on the broker', resources: [] }
    const filter = filterOf(request)
    if ('error' in filter) return { errorCode: filter.error, errorMessage: filter.message, resources: [] }
    return { errorCode: errorCodes.NONE, resources: byResource(authorizer.acls.find(filter)) }
  },
  fail: (_request, errorCode) => ({ errorCode, resources: [] }),
})
