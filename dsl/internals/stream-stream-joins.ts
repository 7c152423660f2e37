import { StreamsError } from '../../lib/core/errors.ts'
import type { ValueJoiner } from '../functions.ts'
import type { StreamJoined } from '../options.ts'
import type { JoinWindows } from '../windows.ts'
import type { StreamParts } from './stream-parts.ts'

export type StreamJoinKind = 'inner' | 'left' | 'outer'

/** A stream as an operand of a join. */
interface Operand<K, V> {
  readonly parts: StreamParts<K, V>
  readonly repartitionRequired: boolean
  repartitionedFor(name: string | undefined, key?: StreamParts<K, V>['key'], value?: StreamParts<K, V>['value']): Operand<K, V>
}

export interface StreamStreamJoin<K, V, VO, VR> {
  readonly kind: StreamJoinKind
  readonly joiner: ValueJoiner<K, V, VO, VR>
  readonly windows: JoinWindows
  readonly joined: StreamJoined<K, V, VO>
}

export const addStreamJoin = <K, V, VO, VR>(left: Operand<K, V>, right: Operand<K, VO>, join: StreamStreamJoin<K, V, VO, VR>): StreamParts<K, VR> => {
  void [left, right, join]
  throw new StreamsError('MILLRACE_DSL_OPERAND', 'not built')
}
