import { decodeRequest, encodeResponse } from '../../protocol/codec.ts'
import { errorCodes } from '../../protocol/error-table.ts'
import { saslHandshake } from '../../protocol/messages/17-sasl-handshake.ts'
import { apiVersions } from '../../protocol/messages/18-api-versions.ts'
import { saslAuthenticate } from '../../protocol/messages/36-sasl-authenticate.ts'
import { decodeRequestHeader } from '../../protocol/request-header.ts'
import type { DecodedRequestHeader } from '../../protocol/request-header.ts'
import type { ApiDefinition, ResponseInput } from '../../protocol/schema.ts'
import { inVersions } from '../../protocol/versions.ts'
import type { Time } from '../../core/time.ts'
import type { Credentials } from './credentials.ts'
import { SaslRefusal, saslServer } from './sasl-server.ts'
import type { SaslMechanism, SaslServer } from './sasl-server.ts'

/** A client may not prove itself anew more often. */
const LEAST_BETWEEN_REAUTHENTICATIONS_MS = 1000

/** What sessions of a broker have in common. */
export interface SaslPolicy {
  readonly mechanisms: readonly SaslMechanism[]
  readonly credentials: Credentials
  /** How long a proof counts (`connections.max.reauth.ms`), ms; 0: as long as the connection. */
  readonly maxReauthMs: number
  readonly time: Time
}

/** What becomes of a frame. A refusal is sent after a delay, and then the connection is closed. */
export type SaslVerdict =
  | { readonly kind: 'request' }
  | { readonly kind: 'answer'; readonly frame: readonly Buffer[] }
  | { readonly kind: 'refusal'; readonly frame: readonly Buffer[]; readonly why: string }
  /** A request of an api that has no place here: it is told so (ILLEGAL_SASL_STATE), as a refusal. */
  | { readonly kind: 'illegal' }

const REQUEST: SaslVerdict = { kind: 'request' }
const NO_FRAME: readonly Buffer[] = []

const refusal = (why: string, frame = NO_FRAME): SaslVerdict => ({ kind: 'refusal', frame, why })

/** Bytes as a frame of their own, which is how SASL went before there was an api for it. */
const rawFrame = (bytes: Buffer): readonly Buffer[] => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes.length)
  return [size, bytes]
}

const respond = <A extends ApiDefinition>(api: A, header: DecodedRequestHeader, body: ResponseInput<A>): readonly Buffer[] =>
  encodeResponse(api, header.apiVersion, header.correlationId, body)

/** The api's key of a frame, if it can be a request at all. */
const apiKeyOf = (frame: Buffer): number => (frame.length < 2 ? -1 : frame.readInt16BE(0))

/**
 * What a connection of a SASL listener goes through before its requests are handled, and again when its proof is outdated
 * (KIP-368): versions, handshake, the dialogue of the mechanism.
 */
export class SaslSession {
  readonly #policy: SaslPolicy
  #state: 'first' | 'handshake' | 'dialogue' | 'raw' | 'open' | 'closed' = 'first'
  #mechanism: SaslMechanism | undefined
  #server: SaslServer | undefined
  #user: string | undefined
  #expiresMs = Infinity
  #reauthenticatedMs = -Infinity
  #isNewProof = false
  /** A client that wants to prove itself anew by another mechanism is only told so at its next message. */
  #otherMechanism: string | undefined

  constructor(policy: SaslPolicy) {
    this.#policy = policy
  }

  /** Who the client is; `undefined` until it has proven it for the first time. */
  get user(): string | undefined {
    return this.#user
  }

  /** Looks at a frame before anything else does. @throws {ProtocolError} when it is no request at all */
  take(frame: Buffer): SaslVerdict {
    switch (this.#state) {
      case 'open':
        return this.#whileOpen(frame)
      case 'raw':
        return this.#rawToken(frame)
      case 'dialogue':
        return this.#token(frame)
      case 'closed':
        return refusal('it was refused before')
      default:
        return this.#beforehand(frame)
    }
  }

  #beforehand(frame: Buffer): SaslVerdict {
    const apiKey = apiKeyOf(frame)
    if (apiKey === saslHandshake.key) return this.#handshake(frame)
    // Clients ask once which versions there are, and again only if they asked in a version that does not exist.
    if (apiKey !== apiVersions.key || this.#state !== 'first') return refusal(`a request of api ${apiKey} came before authentication`)
    if (inVersions(apiVersions.versions, decodeRequestHeader(frame, apiVersions).apiVersion)) this.#state = 'handshake'
    return REQUEST
  }

  #handshake(frame: Buffer): SaslVerdict {
    const header = decodeRequestHeader(frame, saslHandshake)
    if (!inVersions(saslHandshake.versions, header.apiVersion)) return refusal(`SaslHandshake has no version ${header.apiVersion}`)
    const { mechanism } = decodeRequest(saslHandshake, header.apiVersion, header.reader)
    const { mechanisms, credentials } = this.#policy
    const known = mechanisms.find((name) => name === mechanism)
    if (known === undefined) {
      this.#state = 'closed'
      // One that proves itself anew is not told, as in Kafka.
      return refusal(`there is no mechanism ${mechanism}`, this.#isNewProof ? NO_FRAME : respond(saslHandshake, header, { errorCode: errorCodes.UNSUPPORTED_SASL_MECHANISM, mechanisms }))
    }
    if (this.#isNewProof && known !== this.#mechanism) this.#otherMechanism = known
    this.#mechanism = this.#isNewProof ? this.#mechanism : known
    this.#server = saslServer(known, credentials)
    this.#state = header.apiVersion === 0 ? 'raw' : 'dialogue'
    return { kind: 'answer', frame: respond(saslHandshake, header, { errorCode: errorCodes.NONE, mechanisms }) }
  }

  #token(frame: Buffer): SaslVerdict {
    if (this.#otherMechanism !== undefined) return refusal(`SASL mechanism '${this.#otherMechanism}' is not supported for re-authentication of mechanism '${this.#mechanism}'`)
    if (apiKeyOf(frame) !== saslAuthenticate.key) {
      this.#state = 'closed'
      return { kind: 'illegal' }
    }
    const header = decodeRequestHeader(frame, saslAuthenticate)
    if (!inVersions(saslAuthenticate.versions, header.apiVersion)) return refusal(`SaslAuthenticate has no version ${header.apiVersion}`)
    const { authBytes } = decodeRequest(saslAuthenticate, header.apiVersion, header.reader)
    try {
      const answer = this.#evaluate(authBytes)
      const sessionLifetimeMs = this.#state === 'open' ? this.#policy.maxReauthMs : 0
      return { kind: 'answer', frame: respond(saslAuthenticate, header, { errorCode: errorCodes.NONE, errorMessage: '', authBytes: answer, sessionLifetimeMs }) }
    } catch (error) {
      if (!(error instanceof SaslRefusal)) throw error
      const what = this.#isNewProof ? 're-authentication' : 'authentication'
      const errorMessage = error.forClient ?? `Authentication failed during ${what} due to invalid credentials with SASL mechanism ${this.#mechanism}`
      const frame = respond(saslAuthenticate, header, { errorCode: errorCodes.SASL_AUTHENTICATION_FAILED, errorMessage, authBytes: Buffer.alloc(0) })
      return refusal(error.message, frame)
    }
  }

  #rawToken(frame: Buffer): SaslVerdict {
    if (this.#otherMechanism !== undefined) return refusal('another mechanism for re-authentication')
    try {
      return { kind: 'answer', frame: rawFrame(this.#evaluate(frame)) }
    } catch (error) {
      if (!(error instanceof SaslRefusal)) throw error
      return refusal(error.message)
    }
  }

  #evaluate(message: Buffer): Buffer {
    try {
      const server = this.#server!
      const answer = server.next(message)
      if (server.user !== undefined) this.#complete(server.user)
      return answer
    } catch (error) {
      this.#state = 'closed'
      throw error
    }
  }

  #complete(user: string): void {
    if (this.#user !== undefined && this.#user !== user) {
      const message = `Cannot change principals during re-authentication from User.${this.#user}: User.${user}`
      throw new SaslRefusal(message, message)
    }
    const { maxReauthMs, time } = this.#policy
    this.#user = user
    this.#server = undefined
    this.#state = 'open'
    this.#expiresMs = maxReauthMs > 0 ? time.now() + maxReauthMs : Infinity
  }

  #whileOpen(frame: Buffer): SaslVerdict {
    if (this.#expiresMs === Infinity) return REQUEST
    const nowMs = this.#policy.time.now()
    if (apiKeyOf(frame) === saslHandshake.key && nowMs - this.#reauthenticatedMs >= LEAST_BETWEEN_REAUTHENTICATIONS_MS) {
      this.#reauthenticatedMs = nowMs
      this.#isNewProof = true
      return this.#handshake(frame)
    }
    if (nowMs <= this.#expiresMs) return REQUEST
    this.#state = 'closed'
    return refusal('its authentication is outdated')
  }
}
