import { Record } from '../../../topology/api.ts'
import type { AsyncAction, AsyncKeyValueMapper, AsyncPredicate, AsyncValueMapper } from '../../async-functions.ts'
import type { KeyValue } from '../../kstream.ts'
import type { AsyncOperator } from './async-processor.ts'
import { noResult } from './stateless.ts'

export const asyncFilter = <K, V>(predicate: AsyncPredicate<K, V>): AsyncOperator<K, V, boolean> => ({
  call: ({ key, value }, call) => predicate(key, value, call),
  emit: (context, record, isKept) => {
    if (isKept) context.forward(record)
  },
})

export const asyncMap = <K, V, KR, VR>(mapper: AsyncKeyValueMapper<K, V, KeyValue<KR, VR>>): AsyncOperator<K, V, KeyValue<KR, VR>> => ({
  call: ({ key, value }, call) => mapper(key, value, call),
  emit: (context, { key, timestamp, headers }, pair) => {
    if (pair == null) throw noResult('mapAsync', 'a pair [key, value]', key)
    context.forward(new Record(pair[0] ?? undefined, pair[1] ?? undefined, timestamp, headers))
  },
})

export const asyncMapValues = <K, V, VR>(mapper: AsyncValueMapper<K, V, VR>): AsyncOperator<K, V, VR> => ({
  call: ({ key, value }, call) => mapper(value, key, call),
  emit: (context, record, value) => context.forward(record.withValue(value ?? undefined)),
})

export const asyncFlatMap = <K, V, KR, VR>(
  mapper: AsyncKeyValueMapper<K, V, Iterable<KeyValue<KR, VR>>>,
): AsyncOperator<K, V, Iterable<KeyValue<KR, VR>>> => ({
  call: ({ key, value }, call) => mapper(key, value, call),
  emit: (context, { key, timestamp, headers }, pairs) => {
    if (pairs == null) throw noResult('flatMapAsync', 'a list of pairs, empty for none', key)
    for (const pair of pairs) context.forward(new Record(pair[0] ?? undefined, pair[1] ?? undefined, timestamp, headers))
  },
})

export const asyncFlatMapValues = <K, V, VR>(mapper: AsyncValueMapper<K, V, Iterable<VR>>): AsyncOperator<K, V, Iterable<VR>> => ({
  call: ({ key, value }, call) => mapper(value, key, call),
  emit: (context, record, values) => {
    if (values == null) throw noResult('flatMapValuesAsync', 'a list of values, empty for none', record.key)
    for (const value of values) context.forward(record.withValue(value ?? undefined))
  },
})

/** `peek` passes records on when the action is done, `foreach` ends the branch. */
export const asyncForeach = <K, V>(action: AsyncAction<K, V>, passesOn: boolean): AsyncOperator<K, V, unknown> => ({
  call: ({ key, value }, call) => action(key, value, call),
  emit: (context, record) => {
    if (passesOn) context.forward(record)
  },
})
