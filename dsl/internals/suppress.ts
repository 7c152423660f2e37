import { StreamsError } from '../../lib/core/errors.ts'
import type { Suppressed } from '../suppressed.ts'
import type { TableProcessorSupplier, TableView } from './processors/table.ts'
import type { StreamParts } from './stream-parts.ts'

interface Operand<K, V> extends TableView<K, V> {
  readonly parts: StreamParts<K, V>
}

interface SuppressedTable<K, V> {
  readonly parts: StreamParts<K, V>
  readonly supplier: TableProcessorSupplier<never, never, K, V>
}

export const addSuppress = <K, V>(table: Operand<K, V>, suppressed: Suppressed<K>): SuppressedTable<K, V> => {
  void [table, suppressed]
  throw new StreamsError('MILLRACE_DSL_OPERAND', 'not built')
}
