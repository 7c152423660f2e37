import { errorCodes } from '../../protocol/error-table.ts'
import type { ApiDefinition } from '../../protocol/schema.ts'
import type { Acl } from '../security/acl.ts'
import { NO_AUTHORIZER, whyInvalidAcl } from './acl-messages.ts'
import { handler } from './handler.ts'

const createAcls = {
  key: 30,
  name: 'CreateAcls',
  versions: '1-3',
  flexible: '2+',
  request: {
    creations: {
      arrayOf: {
        resourceType: 'int8',
        resourceName: 'string',
        resourcePatternType: { type: 'int8', default: 3 },
        principal: 'string',
        host: 'string',
        operation: 'int8',
        permissionType: 'int8',
      },
    },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    results: { arrayOf: { errorCode: 'int16', errorMessage: { type: 'string', nullable: '0+' } } },
  },
} as const satisfies ApiDefinition

export const createAclsHandler = handler<typeof createAcls>({
  api: createAcls,
  handle: ({ creations }, { broker: { authorizer, journal } }) => {
    const results = creations.map(({ resourceType, resourceName, resourcePatternType: patternType, principal, host, operation, permissionType: permission }) => {
      const acl: Acl = { resourceType, resourceName, patternType, principal, host, operation, permission }
      const refusal = authorizer === undefined ? NO_AUTHORIZER : whyInvalidAcl(acl)
      if (refusal !== undefined) return { errorCode: refusal.error, errorMessage: refusal.message }
      authorizer!.acls.add(acl)
      return { errorCode: errorCodes.NONE }
    })
    return journal.flushed()?.then(() => ({ results })) ?? { results }
  },
  fail: ({ creations }, errorCode) => ({ results: creations.map(() => ({ errorCode })) }),
})
