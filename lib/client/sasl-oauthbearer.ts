import { AuthenticationError } from './errors.ts'
import type { SaslMechanism } from './types.ts'

/** Separates the parts of the first message; alone it acknowledges a refusal (RFC 7628). */
const SEPARATOR = '\x01'

/** SASL OAUTHBEARER: `token` is asked for one that is valid now, for every connection. */
export const saslOauthBearer = (options: { readonly token: () => string | Promise<string> }): SaslMechanism => ({
  name: 'OAUTHBEARER',
  authenticator: () => {
    let refusal: string | undefined
    return {
      next: async (challenge) => {
        if (challenge === undefined) return Buffer.from(`n,,${SEPARATOR}auth=Bearer ${await options.token()}${SEPARATOR}${SEPARATOR}`)
        if (refusal !== undefined) throw new AuthenticationError(`SASL OAUTHBEARER failed: ${refusal}`)
        if (challenge.length === 0) return undefined
        refusal = challenge.toString()
        return Buffer.from(SEPARATOR)
      },
    }
  },
})
