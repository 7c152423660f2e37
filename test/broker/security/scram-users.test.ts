import { pbkdf2Sync } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Broker } from '../../../lib/broker/index.ts'
import type { BrokerOptions } from '../../../lib/broker/index.ts'
import { describeUserScramCredentialsHandler } from '../../../lib/broker/handlers/50-describe-user-scram-credentials.ts'
import { alterUserScramCredentialsHandler } from '../../../lib/broker/handlers/51-alter-user-scram-credentials.ts'
import { errorCodes } from '../../../lib/protocol/error-table.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { authenticatePlain, authenticateScram } from '../helpers/sasl.ts'

const SHA_256 = 1
const SHA_512 = 2
const options: BrokerOptions = {
  listeners: [{ protocol: 'PLAINTEXT' }, { protocol: 'SASL_PLAINTEXT' }], users: { alice: 'alice-secret' }, config: { 'connection.failed.authentication.delay.ms': 1 },
}

/** What an admin sends to set a password: it never leaves the client itself. */
const upsertion = (name: string, password: string, mechanism = SHA_256, iterations = 4096): object => {
  const salt = Buffer.from('some salt')
  const [bytes, hash] = mechanism === SHA_256 ? [32, 'sha256'] : [64, 'sha512']
  return { name, mechanism, iterations, salt, saltedPassword: pbkdf2Sync(password, salt, iterations, bytes as number, hash as string) }
}

const alter = async (broker: Broker, upsertions: readonly object[], deletions: readonly object[] = []): Promise<unknown[]> => {
  const client = await RawClient.connect(broker.address)
  const { results } = (await client.request(alterUserScramCredentialsHandler.api, 0, { deletions, upsertions } as never)) as unknown as { results: { user: string; errorCode: number }[] }
  client.close()
  return results.map(({ user, errorCode }) => [user, errorCode])
}

const describeUsers = async (broker: Broker, ...names: readonly string[]): Promise<unknown> => {
  const client = await RawClient.connect(broker.address)
  const answer = await client.request(describeUserScramCredentialsHandler.api, 0, names.length === 0 ? {} : ({ users: names.map((name) => ({ name })) } as never))
  client.close()
  return (answer as { results: unknown }).results
}

const mayCome = async (broker: Broker, user: string, password: string, mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512' = 'SCRAM-SHA-256'): Promise<boolean> => {
  const client = await RawClient.connect(broker.addressesOf('SASL_PLAINTEXT')[0]!)
  const { errorCode } = await authenticateScram(client, mechanism, user, password)
  client.close()
  return errorCode === errorCodes.NONE
}

describe('SCRAM users', () => {
  test('should be added, changed and removed while the broker runs, each mechanism by itself', async () => {
    await using broker = await Broker.start(options)
    expect(await mayCome(broker, 'bob', 'first')).toBe(false)
    expect(await alter(broker, [upsertion('bob', 'first')])).toEqual([['bob', 0]])
    expect(await mayCome(broker, 'bob', 'first')).toBe(true)
    expect(await mayCome(broker, 'bob', 'first', 'SCRAM-SHA-512')).toBe(false)
    await alter(broker, [upsertion('bob', 'second', SHA_512, 8192)])
    await alter(broker, [upsertion('bob', 'third')])
    expect(await mayCome(broker, 'bob', 'first')).toBe(false)
    expect(await mayCome(broker, 'bob', 'third')).toBe(true)
    expect(await mayCome(broker, 'bob', 'second', 'SCRAM-SHA-512')).toBe(true)
    expect(await describeUsers(broker)).toMatchObject([
      { user: 'alice', credentialInfos: [{ mechanism: SHA_256, iterations: 4096 }, { mechanism: SHA_512, iterations: 4096 }] },
      { user: 'bob', credentialInfos: [{ mechanism: SHA_256, iterations: 4096 }, { mechanism: SHA_512, iterations: 8192 }] },
    ])
    expect(await alter(broker, [], [{ name: 'bob', mechanism: SHA_256 }])).toEqual([['bob', 0]])
    expect(await mayCome(broker, 'bob', 'third')).toBe(false)
    expect(await describeUsers(broker, 'bob')).toMatchObject([{ user: 'bob', errorCode: 0, credentialInfos: [{ mechanism: SHA_512 }] }])
  })

  test('should not come by PLAIN, unless the broker was started with them', async () => {
    await using broker = await Broker.start(options)
    await alter(broker, [upsertion('bob', 'secret')])
    const client = await RawClient.connect(broker.addressesOf('SASL_PLAINTEXT')[0]!)
    expect(await authenticatePlain(client, 'bob', 'secret')).toMatchObject({ errorCode: errorCodes.SASL_AUTHENTICATION_FAILED })
    client.close()
  })

  test.each<[string, object[], object[], unknown[]]>([
    ['too few iterations', [upsertion('bob', 'x', SHA_256, 4095)], [], [['bob', errorCodes.UNACCEPTABLE_CREDENTIAL]]],
    ['too many iterations', [upsertion('bob', 'x', SHA_256, 16_385)], [], [['bob', errorCodes.UNACCEPTABLE_CREDENTIAL]]],
    ['no name', [upsertion('', 'x')], [], [['', errorCodes.UNACCEPTABLE_CREDENTIAL]]],
    ['an unknown mechanism', [{ ...upsertion('bob', 'x'), mechanism: 3 }], [], [['bob', errorCodes.UNSUPPORTED_SASL_MECHANISM]]],
    ['a user twice', [upsertion('bob', 'x'), upsertion('bob', 'x', SHA_512)], [], [['bob', errorCodes.DUPLICATE_RESOURCE]]],
    ['nobody to remove', [], [{ name: 'nobody', mechanism: SHA_256 }], [['nobody', errorCodes.RESOURCE_NOT_FOUND]]],
    ['one of two users that is wrong', [upsertion('bob', 'x', SHA_256, 1), upsertion('carol', 'x')], [], [['bob', errorCodes.UNACCEPTABLE_CREDENTIAL], ['carol', 0]]],
  ])('should be refused for %s', async (_what, upsertions, deletions, expected) => {
    await using broker = await Broker.start(options)
    expect(await alter(broker, upsertions, deletions)).toEqual(expected)
    expect(await mayCome(broker, 'bob', 'x')).toBe(false)
  })

  test('should not be described when there are none of the name, or it is asked for twice', async () => {
    await using broker = await Broker.start(options)
    expect(await describeUsers(broker, 'nobody', 'alice', 'alice')).toMatchObject([
      { user: 'nobody', errorCode: errorCodes.RESOURCE_NOT_FOUND }, { user: 'alice', errorCode: errorCodes.DUPLICATE_RESOURCE, credentialInfos: [] },
    ])
  })

  test('should be there after a restart, without a password anywhere on disk', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'scram-'))
    {
      await using broker = await Broker.start({ ...options, dir })
      await alter(broker, [upsertion('bob', 'bob-secret')])
      expect(await mayCome(broker, 'alice', 'alice-secret')).toBe(true)
    }
    {
      await using broker = await Broker.start({ ...options, dir })
      expect(await mayCome(broker, 'bob', 'bob-secret')).toBe(true)
    }
    const files = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(0)
    for (const { name } of files) expect(readFileSync(path.join(dir, name), 'latin1')).not.toContain('secret')
    rmSync(dir, { recursive: true })
  })
})
