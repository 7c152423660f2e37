import { StreamsError } from '../../lib/core/errors.ts'
import type { ValueJoiner, ValueMapper } from '../functions.ts'
import type { Store, TableJoined } from '../options.ts'
import type { TableProcessorSupplier, TableView } from './processors/table.ts'
import type { StreamParts } from './stream-parts.ts'

/** A table as an operand of a join. */
interface Operand<K, V> extends TableView<K, V> {
  readonly parts: StreamParts<K, V>
}

export interface ForeignKeyJoin<K, V, KO, VO, VR> {
  readonly kind: 'inner' | 'left'
  readonly extractor: ValueMapper<K, V, KO | undefined>
  readonly joiner: ValueJoiner<K, V, VO, VR>
  readonly joined: TableJoined<K, KO>
  readonly store: Store<K, VR> | undefined
}

interface JoinedTable<K, VR> {
  readonly parts: StreamParts<K, VR>
  readonly supplier: TableProcessorSupplier<never, never, K, VR>
  readonly queryableStoreName: string | undefined
}

export const addForeignKeyJoin = <K, V, KO, VO, VR>(
  left: Operand<K, V>,
  right: Operand<KO, VO>,
  join: ForeignKeyJoin<K, V, KO, VO, VR>,
): JoinedTable<K, VR> => {
  void [left, right, join]
  throw new StreamsError('MILLRACE_DSL_OPERAND', 'not built')
}
