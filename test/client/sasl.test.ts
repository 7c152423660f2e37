import { saslOauthBearer } from '../../lib/client/sasl-oauthbearer.ts'
import { saslPlain } from '../../lib/client/sasl-plain.ts'
import { saslScram } from '../../lib/client/sasl-scram.ts'

const text = (bytes: Buffer | undefined): string | undefined => bytes?.toString()

// The exchange that RFC 7677 gives as its example.
const rfc = {
  username: 'user',
  password: 'pencil',
  nonce: () => 'rOprNGfwEbeRWgbNEkqO',
  first: 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO',
  challenge: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  final: 'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  signature: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
}

const scram = (options: { username?: string } = {}) =>
  saslScram({ mechanism: 'SCRAM-SHA-256', username: rfc.username, password: rfc.password, nonce: rfc.nonce, ...options }).authenticator('host')

describe('SASL SCRAM', () => {
  test('should hold the dialogue of RFC 7677', async () => {
    const dialogue = scram()
    expect(text(await dialogue.next(undefined))).toBe(rfc.first)
    expect(text(await dialogue.next(Buffer.from(rfc.challenge)))).toBe(rfc.final)
    expect(await dialogue.next(Buffer.from(rfc.signature))).toBeUndefined()
  })

  test('should refuse a broker that cannot prove that it knows the password', async () => {
    const dialogue = scram()
    await dialogue.next(undefined)
    await dialogue.next(Buffer.from(rfc.challenge))
    await expect(dialogue.next(Buffer.from('v=AAAA'))).rejects.toMatchObject({ code: 'MILLRACE_CLIENT_AUTHENTICATION' })
  })

  test.each([
    ['a nonce of its own', 'r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096', /nonce/],
    ['too few iterations', rfc.challenge.replace('4096', '1000'), /1000 iterations/],
  ])('should refuse a broker that answers with %s', async (_what, challenge, message) => {
    const dialogue = scram()
    await dialogue.next(undefined)
    await expect(dialogue.next(Buffer.from(challenge))).rejects.toThrow(message)
  })

  test('should say why the broker refuses', async () => {
    const dialogue = scram()
    await dialogue.next(undefined)
    await dialogue.next(Buffer.from(rfc.challenge))
    await expect(dialogue.next(Buffer.from('e=invalid-proof'))).rejects.toThrow('invalid-proof')
  })

  test('should escape what has a meaning in messages, and never use a nonce twice', async () => {
    expect(text(await scram({ username: 'a=b,c' }).next(undefined))).toContain('n=a=3Db=2Cc,')
    const nonces = await Promise.all([1, 2].map(async () => text(await saslScram({ mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' }).authenticator('h').next(undefined))))
    expect(nonces[0]).not.toBe(nonces[1])
  })
})

describe('SASL PLAIN', () => {
  test('should send name and password in one message', async () => {
    const dialogue = saslPlain({ username: 'ann', password: 'sécret' }).authenticator('host')
    expect(text(await dialogue.next(undefined))).toBe('\0ann\0sécret')
    expect(await dialogue.next(Buffer.alloc(0))).toBeUndefined()
  })
})

describe('SASL OAUTHBEARER', () => {
  test('should ask for a token for every connection', async () => {
    let tokens = 0
    const mechanism = saslOauthBearer({ token: async () => `token-${++tokens}` })
    for (const n of [1, 2]) {
      const dialogue = mechanism.authenticator('host')
      expect(text(await dialogue.next(undefined))).toBe(`n,,\x01auth=Bearer token-${n}\x01\x01`)
      expect(await dialogue.next(Buffer.alloc(0))).toBeUndefined()
    }
  })

  test('should acknowledge a refusal and say why', async () => {
    const dialogue = saslOauthBearer({ token: () => 'old' }).authenticator('host')
    await dialogue.next(undefined)
    expect(text(await dialogue.next(Buffer.from('{"status":"invalid_token"}')))).toBe('\x01')
    await expect(dialogue.next(Buffer.alloc(0))).rejects.toThrow('invalid_token')
  })
})
