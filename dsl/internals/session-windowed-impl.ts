import { StreamsError } from '../../lib/core/errors.ts'
import type { Windowed } from '../../stores/windowed.ts'
import type { Aggregator, Initializer, Merger, Reducer } from '../functions.ts'
import type { KTable } from '../ktable.ts'
import type { SessionedStore } from '../options.ts'
import type { SessionWindowedKStream } from '../windowed.ts'
import type { EmitStrategy, SessionWindows } from '../windows.ts'
import type { KGroupedStreamImpl } from './kgrouped-stream-impl.ts'

const notBuilt = (): never => {
  throw new StreamsError('MILLRACE_DSL_OPERAND', 'not built')
}

export class SessionWindowedKStreamImpl<K, V> implements SessionWindowedKStream<K, V> {
  constructor(_grouped: KGroupedStreamImpl<K, V>, _windows: SessionWindows) {
    notBuilt()
  }

  count(_store?: SessionedStore<K, number>): KTable<Windowed<K>, number> {
    return notBuilt()
  }

  reduce(_reducer: Reducer<V>, _store?: SessionedStore<K, V>): KTable<Windowed<K>, V> {
    return notBuilt()
  }

  aggregate<VA>(_initializer: Initializer<VA>, _aggregator: Aggregator<K, V, VA>, _merger: Merger<K, VA>, _store?: SessionedStore<K, VA>): KTable<Windowed<K>, VA> {
    return notBuilt()
  }

  emitStrategy(_strategy: EmitStrategy): SessionWindowedKStream<K, V> {
    return notBuilt()
  }
}
