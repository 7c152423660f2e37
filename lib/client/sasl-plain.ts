import type { SaslMechanism } from './types.ts'

/** SASL PLAIN: name and password, readable to whoever sees the connection, so use it over TLS. */
export const saslPlain = (credentials: { readonly username: string; readonly password: string }): SaslMechanism => ({
  name: 'PLAIN',
  authenticator: () => ({
    next: (challenge) =>
      challenge === undefined ? Buffer.from(`\0${credentials.username}\0${credentials.password}`) : undefined,
  }),
})
