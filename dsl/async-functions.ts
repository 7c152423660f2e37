import type { AsyncCall, AsyncOptions } from '../topology/async.ts'
import type { Named } from './options.ts'

/** How an asynchronous operator makes its calls. */
export interface AsyncNamed extends Named, AsyncOptions {}

/** Makes a new value out of what a service says; the key may be read, and must not be changed. */
export type AsyncValueMapper<K, V, R> = (value: V, key: K, call: AsyncCall) => R | PromiseLike<R>

/** Makes something (a pair, a list) out of a record. */
export type AsyncKeyValueMapper<K, V, R> = (key: K, value: V, call: AsyncCall) => R | PromiseLike<R>

/** True for records to keep. */
export type AsyncPredicate<K, V> = (key: K, value: V, call: AsyncCall) => boolean | PromiseLike<boolean>

/** Called for its effect only. */
export type AsyncAction<K, V> = (key: K, value: V, call: AsyncCall) => unknown
