import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import type { StreamsConfig } from '../../topology/config.ts'
import { saslOauthBearer } from '../client/sasl-oauthbearer.ts'
import { saslPlain } from '../client/sasl-plain.ts'
import { saslScram } from '../client/sasl-scram.ts'
import type { ClusterOptions, SaslMechanism } from '../client/types.ts'
import { ConfigError } from '../core/errors.ts'
import { SettingsReader } from './client-settings.ts'

/** TLS and SASL from Kafka's `security.protocol`, `ssl.*` (PEM files or texts) and `sasl.*` settings. */
export const securityOptions = (config: StreamsConfig): Pick<ClusterOptions, 'tls' | 'sasl'> => {
  const protocol = config.settings.securityProtocol
  const reader = new SettingsReader(config.clientSettings('main.consumer'))
  return {
    tls: protocol.endsWith('SSL') ? tlsOptions(reader) : undefined,
    sasl: protocol.startsWith('SASL') ? saslMechanism(reader) : undefined,
  }
}

const tlsOptions = (reader: SettingsReader): ConnectionOptions => {
  const pem = (text: string, file: string): string | Buffer | undefined => {
    const location = reader.text(file)
    return reader.text(text) ?? (location === undefined ? undefined : readFileSync(location))
  }
  const checksHost = reader.text('ssl.endpoint.identification.algorithm') !== ''
  return {
    ca: pem('ssl.truststore.certificates', 'ssl.truststore.location'),
    key: pem('ssl.keystore.key', 'ssl.keystore.location'),
    cert: pem('ssl.keystore.certificate.chain', 'ssl.keystore.location'),
    passphrase: reader.text('ssl.key.password'),
    ...(checksHost ? {} : { checkServerIdentity: () => undefined }),
  }
}

const saslMechanism = (reader: SettingsReader): SaslMechanism => {
  const mechanism = reader.text('sasl.mechanism') ?? 'GSSAPI'
  switch (mechanism) {
    case 'PLAIN':
      return saslPlain(credentials(mechanism, reader))
    case 'SCRAM-SHA-256':
    case 'SCRAM-SHA-512':
      return saslScram({ mechanism, ...credentials(mechanism, reader) })
    case 'OAUTHBEARER':
      return saslOauthBearer({ token: tokenSource(reader) })
    default:
      throw new ConfigError(
        `Invalid value ${mechanism} for configuration sasl.mechanism: this release knows PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER`,
      )
  }
}

const credentials = (mechanism: string, reader: SettingsReader): { username: string; password: string } => {
  const jaas = reader.text('sasl.jaas.config')
  if (jaas === undefined) {
    throw new ConfigError(`sasl.jaas.config is missing: sasl.mechanism ${mechanism} takes its username and password from there`)
  }
  return { username: jaasOption(jaas, 'username'), password: jaasOption(jaas, 'password') }
}

/** Where Java names a class that gets tokens, there is a function here, called for each connection. */
const tokenSource = (reader: SettingsReader): (() => string | Promise<string>) => {
  const handler = reader.function<() => string | Promise<string>>('sasl.login.callback.handler.class')
  if (handler !== undefined) return handler
  throw new ConfigError(
    'sasl.login.callback.handler.class has to be a function that returns an access token (or a promise of one): sasl.mechanism OAUTHBEARER takes it from there',
  )
}

/** One `name="value"` of Java's login configuration line. */
const jaasOption = (jaas: string, name: string): string => {
  const match = new RegExp(`\\b${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`).exec(jaas)
  const value = match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2]
  if (value === undefined) throw new ConfigError(`sasl.jaas.config has no ${name}="…"`)
  return value
}
