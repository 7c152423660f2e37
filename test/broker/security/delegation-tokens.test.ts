import { createAclsHandler } from '../../../lib/broker/handlers/30-create-acls.ts'
import {
  createDelegationTokenHandler, describeDelegationTokenHandler, expireDelegationTokenHandler, renewDelegationTokenHandler,
} from '../../../lib/broker/handlers/38-delegation-tokens.ts'
import { Broker } from '../../../lib/broker/index.ts'
import { Operation, PatternType, Permission, ResourceType } from '../../../lib/broker/security/acl.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { authenticatePlain } from '../helpers/sasl.ts'

// What is expected here is what Kafka 4.3.1 without a secret key for tokens answered to the same requests.

const { DELEGATION_TOKEN_AUTH_DISABLED: DISABLED, DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: NOT_ALLOWED, DELEGATION_TOKEN_AUTHORIZATION_FAILED: NOT_AUTHORIZED } = errorCodes

let broker: Broker
let clients: RawClient[]

beforeEach(async () => {
  clients = []
  broker = await Broker.start({
    listeners: [{ protocol: 'PLAINTEXT' }, { protocol: 'SASL_PLAINTEXT' }], users: { alice: 'a', admin: 'b' }, acls: { superUsers: ['User:admin', 'User:ANONYMOUS'] },
  })
})

afterEach(async () => {
  for (const client of clients) client.close()
  await broker.close()
})

const connect = async (user?: readonly [name: string, password: string]): Promise<RawClient> => {
  const client = await RawClient.connect(broker.addressesOf(user === undefined ? 'PLAINTEXT' : 'SASL_PLAINTEXT')[0]!)
  clients.push(client)
  if (user !== undefined) expect((await authenticatePlain(client, ...user)).errorCode).toBe(errorCodes.NONE)
  return client
}

const create = (client: RawClient, body: Readonly<Record<string, unknown>> = {}, version = 3): Promise<unknown> =>
  client.request(createDelegationTokenHandler.api, version, { renewers: [], maxLifetimeMs: -1, ...body })

const bob = { ownerPrincipalType: 'User', ownerPrincipalName: 'bob' }

describe('delegation tokens', () => {
  test.each([1, 2])('should not be had by anybody when they are asked for in version %i', async (version) => {
    const asked = async (client: RawClient): Promise<unknown[]> => [
      await create(client, {}, version),
      await client.request(renewDelegationTokenHandler.api, version, { hmac: Buffer.from('x'), renewPeriodMs: -1 }),
      await client.request(expireDelegationTokenHandler.api, version, { hmac: Buffer.from('x'), expiryTimePeriodMs: -1 }),
      await client.request(describeDelegationTokenHandler.api, version, { owners: [] }),
    ]
    expect(await asked(await connect(['alice', 'a']))).toMatchObject(new Array(4).fill({ errorCode: DISABLED }))
    expect(await asked(await connect())).toMatchObject(new Array(4).fill({ errorCode: NOT_ALLOWED }))
  })

  test('should be asked for by a client for itself, or for others with an ACL', async () => {
    const alice = await connect(['alice', 'a'])
    expect(await create(alice)).toMatchObject({ errorCode: DISABLED, principalName: 'alice', tokenRequesterPrincipalName: 'alice', issueTimestampMs: 0 })
    expect(await create(alice, bob)).toMatchObject({ errorCode: NOT_AUTHORIZED, principalName: 'bob', tokenRequesterPrincipalName: 'alice', issueTimestampMs: -1 })
    const creations = [{
      resourceType: ResourceType.USER, resourceName: 'User:bob', resourcePatternType: PatternType.LITERAL, principal: 'User:alice', host: '*',
      operation: Operation.CREATE_TOKENS, permissionType: Permission.ALLOW,
    }]
    await (await connect(['admin', 'b'])).request(createAclsHandler.api, 2, { creations })
    expect(await create(alice, bob)).toMatchObject({ errorCode: DISABLED })
  })

  test('should be renewed by users only', async () => {
    const renewers = [{ principalType: 'Group', principalName: 'x' }]
    expect(await create(await connect(['alice', 'a']), { renewers })).toMatchObject({ errorCode: errorCodes.INVALID_PRINCIPAL_TYPE })
  })
})
