import { errorCodes } from '../../protocol/error-table.ts'
import type { ApiDefinition } from '../../protocol/schema.ts'
import { NO_AUTHORIZER, filterFields, filterOf } from './acl-messages.ts'
import { handler } from './handler.ts'

const deleteAcls = {
  key: 31,
  name: 'DeleteAcls',
  versions: '1-3',
  flexible: '2+',
  request: { filters: { arrayOf: filterFields } },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    filterResults: {
      arrayOf: {
        errorCode: 'int16',
        errorMessage: { type: 'string', nullable: '0+' },
        matchingAcls: {
          arrayOf: {
            errorCode: 'int16',
            errorMessage: { type: 'string', nullable: '0+' },
            resourceType: 'int8',
            resourceName: 'string',
            patternType: { type: 'int8', default: 3 },
            principal: 'string',
            host: 'string',
            operation: 'int8',
            permissionType: 'int8',
          },
        },
      },
    },
  },
} as const satisfies ApiDefinition

export const deleteAclsHandler = handler<typeof deleteAcls>({
  api: deleteAcls,
  handle: ({ filters }, { broker: { authorizer, journal } }) => {
    const filterResults = filters.map((asked) => {
      const filter = authorizer === undefined ? NO_AUTHORIZER : filterOf(asked)
      if ('error' in filter) return { errorCode: filter.error, errorMessage: filter.message, matchingAcls: [] }
      const removed = authorizer!.acls.remove(filter)
      return { errorCode: errorCodes.NONE, matchingAcls: removed.map(({ permission, ...acl }) => ({ ...acl, errorCode: errorCodes.NONE, permissionType: permission })) }
    })
    return journal.flushed()?.then(() => ({ filterResults })) ?? { filterResults }
  },
  fail: ({ filters }, errorCode) => ({ filterResults: filters.map(() => ({ errorCode, matchingAcls: [] })) }),
})
