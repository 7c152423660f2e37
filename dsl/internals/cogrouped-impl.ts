import { StreamsError } from '../../lib/core/errors.ts'
import type { Aggregator, Initializer } from '../functions.ts'
import type { CogroupedKStream, KGroupedStream } from '../kgrouped.ts'
import type { KTable } from '../ktable.ts'
import type { Store } from '../options.ts'
import type { SessionWindowedCogroupedKStream, TimeWindowedCogroupedKStream } from '../windowed.ts'
import type { SessionWindows, SlidingWindows, Windows } from '../windows.ts'
import type { StreamParts } from './stream-parts.ts'

const notBuilt = (): never => {
  throw new StreamsError('MILLRACE_DSL_OPERAND', 'not built')
}

export class CogroupedKStreamImpl<K, VA> implements CogroupedKStream<K, VA> {
  readonly parts: StreamParts<K, unknown>

  constructor(parts: StreamParts<K, unknown>) {
    this.parts = parts
  }

  cogroup<V>(_stream: KGroupedStream<K, V>, _aggregator: Aggregator<K, V, VA>): CogroupedKStream<K, VA> {
    return notBuilt()
  }

  aggregate(_initializer: Initializer<VA>, _store?: Store<K, VA>): KTable<K, VA> {
    return notBuilt()
  }

  windowedBy(windows: Windows | SlidingWindows): TimeWindowedCogroupedKStream<K, VA>
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, VA>
  windowedBy(): never {
    return notBuilt()
  }
}
