import { apiVersions, decodeApiVersionsResponse } from '../protocol/messages/18-api-versions.ts'
import { saslAuthenticate } from '../protocol/messages/36-sasl-authenticate.ts'
import { saslHandshake } from '../protocol/messages/17-sasl-handshake.ts'
import { errorCodes } from '../protocol/error-table.ts'
import type { Connection } from './connection.ts'
import { errorOf, throwIfError } from './kafka-errors.ts'
import type { SaslMechanism } from './types.ts'

/** The newest ApiVersions we send; a broker that does not know it answers in version 0 with UNSUPPORTED_VERSION. */
const API_VERSIONS = 3

export interface HandshakeOptions {
  readonly sasl?: SaslMechanism | undefined
  readonly timeoutMs: number
}

/**
 * Makes a connected socket usable: asks for the versions the broker knows, then proves who we are.
 * @throws {AuthenticationError} {@link UnsupportedVersionError} {@link BrokerUnavailableError} {@link TimeoutError}
 */
export const handshake = async (connection: Connection, { sasl, timeoutMs }: HandshakeOptions): Promise<void> => {
  await negotiate(connection, timeoutMs)
  if (sasl !== undefined) await authenticate(connection, sasl, timeoutMs)
}

const negotiate = async (connection: Connection, timeoutMs: number): Promise<void> => {
  const software = { clientSoftwareName: 'millrace', clientSoftwareVersion: '0.1.0' }
  const frame = await connection.requestFrame(apiVersions, API_VERSIONS, software, timeoutMs)
  const first = decodeApiVersionsResponse(API_VERSIONS, frame)
  const answer =
    first.errorCode === errorCodes.UNSUPPORTED_VERSION
      ? decodeApiVersionsResponse(0, await connection.requestFrame(apiVersions, 0, software, timeoutMs))
      : first
  throwIfError(answer.errorCode, 'asking for the versions the broker knows')
  const levels = new Map(answer.finalizedFeatures.map(({ name, maxVersionLevel }) => [name, maxVersionLevel]))
  connection.offer(answer.apiKeys, { epoch: answer.finalizedFeaturesEpoch, levels })
}

const authenticate = async (connection: Connection, mechanism: SaslMechanism, timeoutMs: number): Promise<void> => {
  const offered = await connection.request(saslHandshake, { mechanism: mechanism.name }, { timeoutMs })
  if (offered.errorCode !== 0) {
    throw errorOf(offered.errorCode, `SASL ${mechanism.name}`, `the broker offers ${offered.mechanisms.join(', ') || 'no mechanism'}`)
  }
  const authenticator = mechanism.authenticator(connection.endpoint.host)
  let challenge: Buffer | undefined
  let lifetimeMs = 0
  for (;;) {
    const authBytes = await authenticator.next(challenge)
    if (authBytes === undefined) break
    const answer = await connection.request(saslAuthenticate, { authBytes }, { timeoutMs })
    throwIfError(answer.errorCode, `SASL ${mechanism.name}`, answer.errorMessage)
    challenge = answer.authBytes
    lifetimeMs = answer.sessionLifetimeMs
  }
  if (lifetimeMs > 0) connection.renewProof(performance.now() + lifetimeMs * (0.85 + Math.random() / 10), () => authenticate(connection, mechanism, timeoutMs))
}
