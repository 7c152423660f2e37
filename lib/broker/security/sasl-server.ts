import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { Credentials } from './credentials.ts'
import { digest, hmac } from './scram-credential.ts'
import type { ScramCredential, ScramMechanism } from './scram-credential.ts'

export type SaslMechanism = 'PLAIN' | ScramMechanism

/** Why a client is not let in, in words that it may hear; `undefined` where they would tell too much. */
export class SaslRefusal extends Error {
  readonly forClient: string | undefined

  constructor(message: string, forClient?: string) {
    super(message)
    this.forClient = forClient
  }
}

/** The broker's side of one SASL dialogue. */
export interface SaslServer {
  /** Who the client is, once it has proven it. */
  readonly user: string | undefined
  /** The answer to a message. @throws {SaslRefusal} */
  next(message: Buffer): Buffer
}

export const saslServer = (mechanism: SaslMechanism, credentials: Credentials): SaslServer =>
  mechanism === 'PLAIN' ? new PlainServer(credentials) : new ScramServer(mechanism, credentials)

const tell = (message: string): SaslRefusal => new SaslRefusal(message, message)

const OTHER_AUTHORIZATION = 'Authentication failed: Client requested an authorization id that is different from username'

/** SASL PLAIN (RFC 4616): whom to act as, name and password, in one message. */
class PlainServer implements SaslServer {
  readonly #credentials: Credentials
  user: string | undefined

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  next(message: Buffer): Buffer {
    const parts = message.toString().split('\0')
    if (parts.length !== 3) throw tell(`Invalid SASL/PLAIN response: expected 3 tokens, got ${parts.length}`)
    const [actAs, user, password] = parts as [string, string, string]
    if (user === '') throw tell('Authentication failed: username not specified')
    if (password === '') throw tell('Authentication failed: password not specified')
    if (!this.#credentials.isPassword(user, password)) throw tell('Authentication failed: Invalid username or password')
    if (actAs !== '' && actAs !== user) throw tell(OTHER_AUTHORIZATION)
    this.user = user
    return Buffer.alloc(0)
  }
}

/** What the client said first, taken apart. */
interface ClientFirst {
  readonly header: string
  readonly bare: string
  readonly actAs: string
  readonly user: string
  readonly nonce: string
}

const CLIENT_FIRST = /^([ny],(?:a=([^,]*))?,)(n=((?:[^,=]|=2C|=3D)+),r=([!-+--~]+)(?:,[A-Za-z]+=[^,]*)*)$/
const CLIENT_FINAL = /^(c=([^,]+),r=([^,]+)(?:,[A-Za-z]+=[^,]*)*),p=([A-Za-z0-9+/]+=*)$/

const parseFirst = (message: string): ClientFirst => {
  const match = CLIENT_FIRST.exec(message)
  if (match === null) throw new SaslRefusal('Invalid SCRAM client first message format')
  const [, header = '', actAs = '', bare = '', user = '', nonce = ''] = match
  return { header, bare, actAs, user: user.replaceAll('=2C', ',').replaceAll('=3D', '='), nonce }
}

/** SASL SCRAM (RFC 5802, RFC 7677): both sides prove that they know the password, which neither sends. */
class ScramServer implements SaslServer {
  readonly #mechanism: ScramMechanism
  readonly #credentials: Credentials
  #first: ClientFirst | undefined
  #credential: ScramCredential | undefined
  #nonce = ''
  #serverFirst = ''
  user: string | undefined

  constructor(mechanism: ScramMechanism, credentials: Credentials) {
    this.#mechanism = mechanism
    this.#credentials = credentials
  }

  next(message: Buffer): Buffer {
    return Buffer.from(this.#first === undefined ? this.#challenge(message.toString()) : this.#verify(this.#first, message.toString()))
  }

  #challenge(message: string): string {
    const first = parseFirst(message)
    const credential = this.#credentials.scram(this.#mechanism, first.user)
    if (credential === undefined) throw new SaslRefusal('Authentication failed: Invalid user credentials')
    if (first.actAs !== '' && first.actAs !== first.user) throw tell(OTHER_AUTHORIZATION)
    this.#first = first
    this.#credential = credential
    this.#nonce = first.nonce + randomBytes(24).toString('base64url')
    this.#serverFirst = `r=${this.#nonce},s=${credential.salt.toString('base64')},i=${credential.iterations}`
    return this.#serverFirst
  }

  #verify(first: ClientFirst, message: string): string {
    const match = CLIENT_FINAL.exec(message)
    if (match === null) throw new SaslRefusal('Invalid SCRAM client final message format')
    const [, withoutProof = '', binding = '', nonce = '', proof = ''] = match
    if (binding !== Buffer.from(first.header).toString('base64')) throw new SaslRefusal('The channel binding is not the one of the first message')
    if (nonce !== this.#nonce) throw new SaslRefusal('Invalid client nonce in the final client message')
    const { storedKey, serverKey } = this.#credential!
    const dialogue = `${first.bare},${this.#serverFirst},${withoutProof}`
    const signature = hmac(this.#mechanism, storedKey, dialogue)
    const proven = Buffer.from(proof, 'base64')
    if (proven.length !== signature.length) throw new SaslRefusal('Invalid client credentials')
    const clientKey = Buffer.from(proven.map((byte, i) => byte ^ signature[i]!))
    if (!timingSafeEqual(digest(this.#mechanism, clientKey), storedKey)) throw new SaslRefusal('Invalid client credentials')
    this.user = first.user
    return `v=${hmac(this.#mechanism, serverKey, dialogue).toString('base64')}`
  }
}
