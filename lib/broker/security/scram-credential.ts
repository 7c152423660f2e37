import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

/** SCRAM's hashes, by the numbers that requests give them. */
export const scramMechanisms = { 'SCRAM-SHA-256': 1, 'SCRAM-SHA-512': 2 } as const
export type ScramMechanism = keyof typeof scramMechanisms

/** Rounds of hashing a password; Kafka takes no fewer and no more. */
export const LEAST_ITERATIONS = 4096
export const MOST_ITERATIONS = 16384

/** What a broker knows of a password: enough to check a proof of it, too little to make one (RFC 5802). */
export interface ScramCredential {
  readonly salt: Buffer
  readonly iterations: number
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

export const hashOf = (mechanism: ScramMechanism): string => (mechanism === 'SCRAM-SHA-256' ? 'sha256' : 'sha512')

export const hmac = (mechanism: ScramMechanism, key: Buffer, text: string): Buffer => createHmac(hashOf(mechanism), key).update(text).digest()

export const digest = (mechanism: ScramMechanism, bytes: Buffer): Buffer => createHash(hashOf(mechanism)).update(bytes).digest()

/** From the password hashed with its salt, as clients send it when they set a password. */
export const credentialOf = (mechanism: ScramMechanism, saltedPassword: Buffer, salt: Buffer, iterations: number): ScramCredential => ({
  salt,
  iterations,
  storedKey: digest(mechanism, hmac(mechanism, saltedPassword, 'Client Key')),
  serverKey: hmac(mechanism, saltedPassword, 'Server Key'),
})

export const credentialOfPassword = (mechanism: ScramMechanism, password: string): ScramCredential => {
  const salt = randomBytes(24)
  const bytes = mechanism === 'SCRAM-SHA-256' ? 32 : 64
  return credentialOf(mechanism, pbkdf2Sync(password, salt, LEAST_ITERATIONS, bytes, hashOf(mechanism)), salt, LEAST_ITERATIONS)
}
