import type { GlobalKTable } from '../ktable.ts'
import { rowType } from '../ktable.ts'
import type { ValueGetterSupplier } from './processors/table.ts'

export class GlobalKTableImpl<K, V> implements GlobalKTable<K, V> {
  readonly [rowType] = undefined
  readonly queryableStoreName: string | undefined
  readonly view: ValueGetterSupplier<K, V>

  constructor(view: ValueGetterSupplier<K, V>, queryableStoreName: string | undefined) {
    this.view = view
    this.queryableStoreName = queryableStoreName
  }
}
