import { MemoryRows } from '../../engines/memory.ts'
import type { CacheNode } from '../cache-node.ts'
import { NamedCache } from '../named-cache.ts'
import type { CacheSpace } from '../named-cache.ts'
import { after } from '../rows.ts'
import type { InternalStoreContext } from '../store-context.ts'
import type { TimedKeys } from './timed-key.ts'

/** In Java's cache such keys have the number of their segment in front. */
const SEGMENT_BYTES = 8

/** The cached rows of one key, by time and minor number. The oldest leave first: their places stay empty for a while. */
interface Timeline<R> {
  readonly nodes: (CacheNode<R> | undefined)[]
  first: number
}

/** The index of the first node that is not before (time, minor). */
const positionOf = <R>({ nodes, first }: Timeline<R>, time: number, minor: number): number => {
  let high = nodes.length
  let low = first
  // Nearly always it is about the newest ones.
  const last = nodes[high - 1]
  if (last === undefined || last.time < time || (last.time === time && last.minor < minor)) return high
  while (low < high) {
    const middle = (low + high) >> 1
    const node = nodes[middle]!
    if (node.time < time || (node.time === time && node.minor < minor)) low = middle + 1
    else high = middle
  }
  return low
}

/** The cache of a window or session store: for each key a short list by time, as ranges of one key are what processors ask for. */
export class TimedCache<R> extends NamedCache<R> {
  readonly #suffixBytes: number
  readonly #timelines = new MemoryRows<Timeline<R>>()
  #lastKey: string | undefined
  #lastTimeline: Timeline<R> | undefined
  #lastNode: CacheNode<R> | undefined

  constructor(space: CacheSpace, keys: TimedKeys, context: InternalStoreContext, write: (node: CacheNode<R>) => void) {
    // Cursors hold nodes.
    super(space, context, write, false)
    this.#suffixBytes = keys.suffixLength + SEGMENT_BYTES
  }

  #timelineOf(key: string): Timeline<R> | undefined {
    if (key === this.#lastKey) return this.#lastTimeline
    const timeline = this.#timelines.get(key)
    this.#lastKey = key
    this.#lastTimeline = timeline
    return timeline
  }

  protected insert(node: CacheNode<R>): void {
    const { key } = node
    let timeline = this.#timelineOf(key)
    if (timeline === undefined) {
      timeline = { nodes: [], first: 0 }
      this.#timelines.put(key, timeline)
      this.#lastTimeline = timeline
    }
    const { nodes } = timeline
    const at = positionOf(timeline, node.time, node.minor)
    if (at === nodes.length) nodes.push(node)
    else if (at === timeline.first && at > 0) nodes[--timeline.first] = node
    else nodes.splice(at, 0, node)
    node.home = timeline
    this.#lastNode = node
  }

  protected remove(node: CacheNode<R>): void {
    const { key } = node
    const timeline = node.home as Timeline<R>
    const { nodes } = timeline
    const at = positionOf(timeline, node.time, node.minor)
    if (at === timeline.first) nodes[timeline.first++] = undefined
    else nodes.splice(at, 1)
    if (timeline.first === nodes.length) {
      this.#timelines.delete(key)
      if (key === this.#lastKey) this.#lastTimeline = undefined
    } else if (timeline.first > nodes.length >> 1) {
      nodes.splice(0, timeline.first)
      timeline.first = 0
    }
    if (node === this.#lastNode) this.#lastNode = undefined
  }

  #find(key: string, time: number, minor: number): CacheNode<R> | undefined {
    const found = this.#lastNode
    if (found !== undefined && found.time === time && found.key === key && found.minor === minor) return found
    const timeline = this.#timelineOf(key)
    if (timeline === undefined) return undefined
    const node = timeline.nodes[positionOf(timeline, time, minor)]
    if (node === undefined || node.time !== time || node.minor !== minor) return undefined
    this.#lastNode = node
    return node
  }

  /** The row of that place (undefined in it: deleted), which thereby becomes the most recently used. Good until the next call. */
  get(key: string, time: number, minor: number): CacheNode<R> | undefined {
    const node = this.#find(key, time, minor)
    if (node !== undefined) this.use(node)
    return node
  }

  /** A change; undefined deletes. `rowBytes` is the approximate size of the row. */
  put(key: string, time: number, minor: number, row: R | undefined, rowBytes: number): void {
    this.change(this.#find(key, time, minor), key, time, minor, row, key.length + this.#suffixBytes + rowBytes)
  }

  forget(key: string, time: number, minor: number): void {
    this.forgetNode(this.#find(key, time, minor))
  }

  /** The rows of one key with a time from `from` to `to`, both included, in the order of time. */
  between(key: string, from: number, to: number): CacheNode<R>[] {
    const found: CacheNode<R>[] = []
    const timeline = this.#timelineOf(key)
    if (timeline !== undefined) this.#gather(timeline, from, to, found)
    return found
  }

  /** The same of the keys from `keyFrom` to `keyTo` (both included; undefined: open), key by key. */
  betweenKeys(keyFrom: string | undefined, keyTo: string | undefined, from: number, to: number): CacheNode<R>[] {
    const found: CacheNode<R>[] = []
    const timelines = this.#timelines.range(keyFrom ?? '', keyTo === undefined ? undefined : after(keyTo), false)
    while (timelines.next()) this.#gather(timelines.row(), from, to, found)
    return found
  }

  #gather(timeline: Timeline<R>, from: number, to: number, into: CacheNode<R>[]): void {
    const { nodes } = timeline
    for (let i = positionOf(timeline, from, -1); i < nodes.length; i++) {
      const node = nodes[i]!
      if (node.time > to) return
      into.push(node)
    }
  }
}
