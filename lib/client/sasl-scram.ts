import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { AuthenticationError } from './errors.ts'
import type { SaslMechanism } from './types.ts'

const derive = promisify(pbkdf2)

/** Fewer rounds than this make guessing passwords cheap; Kafka refuses them too. */
const LEAST_ITERATIONS = 4096

export interface ScramOptions {
  readonly username: string
  readonly password: string
  readonly mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  /** For tests; default: 24 random bytes. */
  readonly nonce?: (() => string) | undefined
}

/** SASL SCRAM (RFC 5802, RFC 7677): proves that both sides know the password without sending it. */
export const saslScram = (options: ScramOptions): SaslMechanism => ({
  name: options.mechanism,
  authenticator: () => {
    const dialogue = new ScramDialogue(options)
    return { next: (challenge) => dialogue.next(challenge) }
  },
})

class ScramDialogue {
  readonly #options: ScramOptions
  readonly #hash: string
  readonly #nonce: string
  readonly #firstBare: string
  #expectedSignature: Buffer | undefined
  #step = 0

  constructor(options: ScramOptions) {
    this.#options = options
    this.#hash = options.mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512'
    this.#nonce = (options.nonce ?? (() => randomBytes(24).toString('base64url')))()
    this.#firstBare = `n=${options.username.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${this.#nonce}`
  }

  async next(challenge: Buffer | undefined): Promise<Buffer | undefined> {
    this.#step += 1
    if (this.#step === 1) return Buffer.from(`n,,${this.#firstBare}`)
    if (this.#step === 2) return this.#prove(challenge!.toString())
    this.#verify(challenge!.toString())
    return undefined
  }

  async #prove(serverFirst: string): Promise<Buffer> {
    const { r: nonce = '', s: salt = '', i: iterations = '' } = attributes(serverFirst)
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce) throw refused('the broker answered with a nonce that is not ours')
    if (!(Number(iterations) >= LEAST_ITERATIONS)) throw refused(`the broker wants ${iterations} iterations; fewer than ${LEAST_ITERATIONS} are not safe`)
    const length = createHash(this.#hash).digest().length
    const salted = await derive(this.#options.password, Buffer.from(salt, 'base64'), Number(iterations), length, this.#hash)
    const clientKey = this.#hmac(salted, 'Client Key')
    const finalWithoutProof = `c=biws,r=${nonce}`
    const dialogue = `${this.#firstBare},${serverFirst},${finalWithoutProof}`
    const signature = this.#hmac(createHash(this.#hash).update(clientKey).digest(), dialogue)
    this.#expectedSignature = this.#hmac(this.#hmac(salted, 'Server Key'), dialogue)
    const proof = clientKey.map((byte, i) => byte ^ signature[i]!)
    return Buffer.from(`${finalWithoutProof},p=${Buffer.from(proof).toString('base64')}`)
  }

  #verify(serverFinal: string): void {
    const { v: signature = '', e: error } = attributes(serverFinal)
    if (error !== undefined) throw refused(error)
    const given = Buffer.from(signature, 'base64')
    const expected = this.#expectedSignature!
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw refused('the broker does not know the password either')
  }

  #hmac(key: Uint8Array, text: string): Buffer {
    return createHmac(this.#hash, key).update(text).digest()
  }
}

/** `a=1,b=2` */
const attributes = (message: string): Record<string, string> =>
  Object.fromEntries(message.split(',').map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]))

const refused = (why: string): AuthenticationError => new AuthenticationError(`SASL SCRAM failed: ${why}`)
