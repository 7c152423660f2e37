import { errorCodes } from '../../protocol/error-table.ts'
import type { ApiDefinition, RequestOf } from '../../protocol/schema.ts'
import type { Credentials } from '../security/credentials.ts'
import { LEAST_ITERATIONS, MOST_ITERATIONS, credentialOf, scramMechanisms } from '../security/scram-credential.ts'
import type { ScramMechanism } from '../security/scram-credential.ts'
import type { Refusal } from '../topics/topic-creation.ts'
import { handler } from './handler.ts'

const alterUserScramCredentials = {
  key: 51,
  name: 'AlterUserScramCredentials',
  versions: '0',
  flexible: '0+',
  request: {
    deletions: { arrayOf: { name: 'string', mechanism: 'int8' } },
    upsertions: { arrayOf: { name: 'string', mechanism: 'int8', iterations: 'int32', salt: 'bytes', saltedPassword: 'bytes' } },
  },
  response: {
    throttleTimeMs: { type: 'int32', default: 0 },
    results: { arrayOf: { user: 'string', errorCode: 'int16', errorMessage: { type: 'string', nullable: '0+' } } },
  },
} as const satisfies ApiDefinition

type Request = RequestOf<typeof alterUserScramCredentials>
type Upsertion = Request['upsertions'][number]

const refuse = (error: number, message: string): Refusal => ({ error, message })

const mechanismOf = (number: number): ScramMechanism | undefined => (Object.keys(scramMechanisms) as ScramMechanism[]).find((name) => scramMechanisms[name] === number)

const whyNobody = (name: string, mechanism: number): Refusal | undefined => {
  if (name === '') return refuse(errorCodes.UNACCEPTABLE_CREDENTIAL, 'Username must not be empty')
  return mechanismOf(mechanism) === undefined ? refuse(errorCodes.UNSUPPORTED_SASL_MECHANISM, 'Unknown SCRAM mechanism') : undefined
}

const whyNotRemoved = (name: string, mechanism: number, credentials: Credentials): Refusal | undefined => {
  const refusal = whyNobody(name, mechanism)
  if (refusal !== undefined || credentials.hasScram(mechanismOf(mechanism)!, name)) return refusal
  return refuse(errorCodes.RESOURCE_NOT_FOUND, 'Attempt to delete a user credential that does not exist')
}

const whyNotSet = ({ name, mechanism, iterations }: Upsertion): Refusal | undefined => {
  if (iterations < LEAST_ITERATIONS) return whyNobody(name, mechanism) ?? refuse(errorCodes.UNACCEPTABLE_CREDENTIAL, 'Too few iterations')
  if (iterations > MOST_ITERATIONS) return whyNobody(name, mechanism) ?? refuse(errorCodes.UNACCEPTABLE_CREDENTIAL, 'Too many iterations')
  return whyNobody(name, mechanism)
}

const alter = (user: string, { deletions, upsertions }: Request, credentials: Credentials): Refusal | undefined => {
  const removed = deletions.filter(({ name }) => name === user)
  const set = upsertions.filter(({ name }) => name === user)
  if (removed.length + set.length > 1) return refuse(errorCodes.DUPLICATE_RESOURCE, 'A user credential cannot be altered twice in the same request')
  for (const { name, mechanism } of removed) {
    const refusal = whyNotRemoved(name, mechanism, credentials)
    if (refusal !== undefined) return refusal
    credentials.removeScram(mechanismOf(mechanism)!, name)
  }
  for (const upsertion of set) {
    const refusal = whyNotSet(upsertion)
    if (refusal !== undefined) return refusal
    const mechanism = mechanismOf(upsertion.mechanism)!
    // A copy: the bytes of the request are views of all that came with it.
    credentials.setScram(mechanism, user, credentialOf(mechanism, upsertion.saltedPassword, Buffer.from(upsertion.salt), upsertion.iterations))
  }
  return undefined
}

const usersOf = ({ deletions, upsertions }: Request): string[] => [...new Set([...deletions, ...upsertions].map(({ name }) => name))]

export const alterUserScramCredentialsHandler = handler<typeof alterUserScramCredentials>({
  api: alterUserScramCredentials,
  handle: async (request, { broker }) => {
    const credentials = await broker.credentials()
    const results = usersOf(request).map((user) => {
      const refusal = alter(user, request, credentials)
      return { user, errorCode: refusal?.error ?? errorCodes.NONE, errorMessage: refusal?.message }
    })
    await broker.journal.flushed()
    return { results }
  },
  fail: (request, errorCode) => ({ results: usersOf(request).map((user) => ({ user, errorCode })) }),
})
