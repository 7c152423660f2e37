import { StreamsError } from '../../lib/core/errors.ts'
import type { Windowed } from '../../stores/windowed.ts'
import type { Aggregator, Initializer, Reducer } from '../functions.ts'
import type { KTable } from '../ktable.ts'
import type { WindowedStore } from '../options.ts'
import type { TimeWindowedKStream } from '../windowed.ts'
import type { EmitStrategy, Windows, SlidingWindows } from '../windows.ts'
import type { KGroupedStreamImpl } from './kgrouped-stream-impl.ts'

const notBuilt = (): never => {
  throw new StreamsError('MILLRACE_DSL_OPERAND', 'not built')
}

export class TimeWindowedKStreamImpl<K, V> implements TimeWindowedKStream<K, V> {
  constructor(_grouped: KGroupedStreamImpl<K, V>, _windows: Windows | SlidingWindows) {
    notBuilt()
  }

  count(_store?: WindowedStore<K, number>): KTable<Windowed<K>, number> {
    return notBuilt()
  }

  reduce(_reducer: Reducer<V>, _store?: WindowedStore<K, V>): KTable<Windowed<K>, V> {
    return notBuilt()
  }

  aggregate<VA>(_initializer: Initializer<VA>, _aggregator: Aggregator<K, V, VA>, _store?: WindowedStore<K, VA>): KTable<Windowed<K>, VA> {
    return notBuilt()
  }

  emitStrategy(_strategy: EmitStrategy): TimeWindowedKStream<K, V> {
    return notBuilt()
  }
}
