import { errorCodes } from '../../protocol/error-table.ts'
import type { ApiDefinition } from '../../protocol/schema.ts'
import { Operation, ResourceType } from '../security/acl.ts'
import { handler } from './handler.ts'
import type { RequestContext } from './handler.ts'

// There are no delegation tokens. Clients are told so as by a Kafka that has no secret key for them.

const principal = { principalType: 'string', principalName: 'string' } as const
const requester = { tokenRequesterPrincipalType: { type: 'string', versions: '3+' }, tokenRequesterPrincipalName: { type: 'string', versions: '3+' } } as const
const throttleTimeMs = { type: 'int32', default: 0 } as const

/** Version 3: for another owner. */
const createDelegationToken = {
  key: 38,
  name: 'CreateDelegationToken',
  versions: '1-3',
  flexible: '2+',
  request: {
    ownerPrincipalType: { type: 'string', versions: '3+', nullable: '3+' },
    ownerPrincipalName: { type: 'string', versions: '3+', nullable: '3+' },
    renewers: { arrayOf: principal },
    maxLifetimeMs: 'int64',
  },
  response: {
    errorCode: 'int16',
    ...principal,
    ...requester,
    issueTimestampMs: 'int64',
    expiryTimestampMs: 'int64',
    maxTimestampMs: 'int64',
    tokenId: 'string',
    hmac: 'bytes',
    throttleTimeMs,
  },
} as const satisfies ApiDefinition

/** What changes how long a token lasts. */
const expiryChange = {
  versions: '1-2',
  flexible: '2+',
  response: { errorCode: 'int16', expiryTimestampMs: 'int64', throttleTimeMs },
} as const

const renewDelegationToken = {
  key: 39,
  name: 'RenewDelegationToken',
  ...expiryChange,
  request: { hmac: 'bytes', renewPeriodMs: 'int64' },
} as const satisfies ApiDefinition

const expireDelegationToken = {
  key: 40,
  name: 'ExpireDelegationToken',
  ...expiryChange,
  request: { hmac: 'bytes', expiryTimePeriodMs: 'int64' },
} as const satisfies ApiDefinition

/** No owners (null): all tokens. */
const describeDelegationToken = {
  key: 41,
  name: 'DescribeDelegationToken',
  versions: '1-3',
  flexible: '2+',
  request: { owners: { arrayOf: principal, nullable: '1+' } },
  response: {
    errorCode: 'int16',
    tokens: {
      arrayOf: {
        ...principal,
        ...requester,
        issueTimestamp: 'int64',
        expiryTimestamp: 'int64',
        maxTimestamp: 'int64',
        tokenId: 'string',
        hmac: 'bytes',
        renewers: { arrayOf: principal },
      },
    },
    throttleTimeMs,
  },
} as const satisfies ApiDefinition

/** Nobody may ask who has not said who it is. */
const refusalOf = ({ principal: asking }: RequestContext): number =>
  asking === 'User:ANONYMOUS' ? errorCodes.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED : errorCodes.DELEGATION_TOKEN_AUTH_DISABLED

/** No time; a Kafka's controller, which alone knows that there are no tokens, leaves the field as it is. */
const timeOf = (errorCode: number): number => (errorCode === errorCodes.DELEGATION_TOKEN_AUTH_DISABLED ? 0 : -1)

export const createDelegationTokenHandler = handler<typeof createDelegationToken>({
  api: createDelegationToken,
  handle: ({ ownerPrincipalType, ownerPrincipalName, renewers }, context) => {
    const [, type, name] = /^([^:]*):([^]*)$/.exec(context.principal)!
    const forAnother = ownerPrincipalType && ownerPrincipalName ? `${ownerPrincipalType}:${ownerPrincipalName}` : undefined
    const mayNot = forAnother !== undefined && forAnother !== context.principal && context.gate?.may(Operation.CREATE_TOKENS, ResourceType.USER, forAnother) === false
    const refusal = refusalOf(context)
    const errorCode = refusal === errorCodes.DELEGATION_TOKEN_REQUEST_NOT_ALLOWED ? refusal
      : mayNot ? errorCodes.DELEGATION_TOKEN_AUTHORIZATION_FAILED
        : renewers.some(({ principalType }) => principalType !== 'User') ? errorCodes.INVALID_PRINCIPAL_TYPE
          : refusal
    const time = timeOf(errorCode)
    return {
      errorCode,
      principalType: forAnother === undefined ? type! : ownerPrincipalType!,
      principalName: forAnother === undefined ? name! : ownerPrincipalName!,
      tokenRequesterPrincipalType: type!,
      tokenRequesterPrincipalName: name!,
      issueTimestampMs: time,
      expiryTimestampMs: time,
      maxTimestampMs: time,
      tokenId: '',
      hmac: Buffer.alloc(0),
    }
  },
  fail: (_request, errorCode) => ({
    errorCode, principalType: '', principalName: '', tokenRequesterPrincipalType: '', tokenRequesterPrincipalName: '',
    issueTimestampMs: -1, expiryTimestampMs: -1, maxTimestampMs: -1, tokenId: '', hmac: Buffer.alloc(0),
  }),
})

const noExpiry = (errorCode: number): { errorCode: number; expiryTimestampMs: number } => ({ errorCode, expiryTimestampMs: timeOf(errorCode) })

export const renewDelegationTokenHandler = handler<typeof renewDelegationToken>({
  api: renewDelegationToken,
  handle: (_request, context) => noExpiry(refusalOf(context)),
  fail: (_request, errorCode) => noExpiry(errorCode),
})

export const expireDelegationTokenHandler = handler<typeof expireDelegationToken>({
  api: expireDelegationToken,
  handle: (_request, context) => noExpiry(refusalOf(context)),
  fail: (_request, errorCode) => noExpiry(errorCode),
})

export const describeDelegationTokenHandler = handler<typeof describeDelegationToken>({
  api: describeDelegationToken,
  handle: (_request, context) => ({ errorCode: refusalOf(context), tokens: [] }),
  fail: (_request, errorCode) => ({ errorCode, tokens: [] }),
})
