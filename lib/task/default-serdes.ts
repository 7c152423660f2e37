import { ConfigError } from '../core/errors.ts'
import type { Serde } from '../serdes/serde.ts'
import type { StreamsConfig } from '../../topology/config.ts'

const refusing = (side: 'key' | 'value'): Serde<unknown> => {
  const refuse = (): never => {
    throw missingSerde(side)
  }
  return { serializer: { serialize: refuse }, deserializer: { deserialize: refuse } }
}

export const missingSerde = (side: 'key' | 'value'): ConfigError =>
  new ConfigError(
    `Please specify a ${side} serde or set one through StreamsConfig#DEFAULT_${side.toUpperCase()}_SERDE_CLASS_CONFIG ` +
      `(default.${side}.serde)`,
  )

/** The configured default serdes; where none is configured, one that says so when it is used. */
export const defaultSerdes = (config: StreamsConfig): { readonly key: Serde<unknown>; readonly value: Serde<unknown> } => ({
  key: config.settings.defaultKeySerde ?? refusing('key'),
  value: config.settings.defaultValueSerde ?? refusing('value'),
})
