import { errorCodes } from '../../protocol/error-table.ts'
import type { ApiDefinition, ResponseInput } from '../../protocol/schema.ts'
import type { Credentials } from '../security/credentials.ts'
import { scramMechanisms } from '../security/scram-credential.ts'
import { handler } from './handler.ts'

/** No users (null), or an empty list: all. */
const describeUserScramCredentials = {
  key: 50,
  name: 'DescribeUserScramCredentials',
  versions: '0',
  flexible: '0+',
  request: { users: { arrayOf: { name: 'string' }, nullable: '0+' } },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: 'int16',
    errorMessage: { type: 'string', nullable: '0+' },
    results: {
      arrayOf: {
        user: 'string',
        errorCode: 'int16',
        errorMessage: { type: 'string', nullable: '0+' },
        credentialInfos: { arrayOf: { mechanism: 'int8', iterations: 'int32' } },
      },
    },
  },
} as const satisfies ApiDefinition

type UserAnswer = ResponseInput<typeof describeUserScramCredentials>['results'][number]

const describe = (user: string, wanted: readonly string[] | undefined, credentials: Credentials): UserAnswer => {
  const refuse = (errorCode: number, errorMessage: string): UserAnswer => ({ user, errorCode, errorMessage, credentialInfos: [] })
  if (wanted !== undefined && wanted.indexOf(user) !== wanted.lastIndexOf(user)) {
    return refuse(errorCodes.DUPLICATE_RESOURCE, `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`)
  }
  const found = credentials.mechanismsOf(user)
  if (found.length === 0) return refuse(errorCodes.RESOURCE_NOT_FOUND, `Attempt to describe a user credential that does not exist: ${user}`)
  return {
    user,
    errorCode: errorCodes.NONE,
    credentialInfos: found.map((mechanism) => ({ mechanism: scramMechanisms[mechanism], iterations: credentials.scram(mechanism, user)!.iterations })),
  }
}

export const describeUserScramCredentialsHandler = handler<typeof describeUserScramCredentials>({
  api: describeUserScramCredentials,
  handle: async ({ users = [] }, { broker }) => {
    const credentials = await broker.credentials()
    const wanted = users.length === 0 ? undefined : users.map(({ name }) => name)
    return { errorCode: errorCodes.NONE, results: [...new Set(wanted ?? credentials.scramUsers())].map((user) => describe(user, wanted, credentials)) }
  },
  fail: (_request, errorCode) => ({ errorCode, results: [] }),
})
