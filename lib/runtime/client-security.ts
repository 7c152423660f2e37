import { readFileSync } from 'node:fs'
import type { ConnectionOptions } from 'node:tls'
import type { StreamsConfig } from '../../topology/config.ts'
import { saslPlain } from '../client/sasl-plain.ts'
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
  if (mechanism !== 'PLAIN') {
    throw new ConfigError(`Invalid value ${mechanism} for configuration sasl.mechanism: this release knows PLAIN`)
  }
  const jaas = reader.text('sasl.jaas.config')
  if (jaas === undefined) {
    throw new ConfigError('sasl.jaas.config is missing: sasl.mechanism PLAIN takes its username and password from there')
  }
  return saslPlain({ username: jaasOption(jaas, 'username'), password: jaasOption(jaas, 'password') })
}

/** One `name="value"` of Java's login configuration line. */
const jaasOption = (jaas: string, name: string): string => {
  const match = new RegExp(`\\b${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]+))`).exec(jaas)
  const value = match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2]
  if (value === undefined) throw new ConfigError(`sasl.jaas.config has no ${name}="…"`)
  return value
}
