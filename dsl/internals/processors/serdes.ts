import type { ProcessingContext } from '../../../topology/api.ts'

/**
 * For processors whose stores need serdes that no operator above has named.
 * @throws {ConfigError} when there is no default one either: at the start and not with the first record
 */
export const requireSerdes = (context: ProcessingContext, lacks: { readonly key: boolean; readonly value: boolean }): void => {
  const configured = context.appConfigs()
  // Where none is configured the context has serdes that refuse all work, with the right words.
  if (lacks.key && configured['default.key.serde'] == null) context.keySerde.serializer.serialize('', '')
  if (lacks.value && configured['default.value.serde'] == null) context.valueSerde.serializer.serialize('', '')
}
