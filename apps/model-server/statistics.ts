/** Identifies one arrival of a model: a model that is published again is a new arrival with fresh statistics. */
export interface Arrival {
  /** The largest timestamp in its partition so far, ms since the epoch. */
  readonly timestamp: number
  readonly partition: number
  readonly offset: number
}

/** Negative when `a` came before `b`; 0 for the same arrival. */
export const compareArrivals = (a: Arrival, b: Arrival): number =>
  a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset

/** How a model has served in one partition. Times in ms. */
export interface Statistics {
  readonly dataType: string
  readonly arrival: Arrival
  readonly name: string
  readonly description: string
  /** When the model went into service, ms since the epoch. */
  readonly since: number
  /** Records scored. */
  readonly usage: number
  /** Sum of the scoring times. */
  readonly duration: number
  readonly min: number
  readonly max: number
}

/** What `/state/value` answers: the tutorial's statistics, for the whole application. */
export type ServedModel = Pick<Statistics, 'name' | 'description' | 'since' | 'usage' | 'duration' | 'min' | 'max'>

/** The answer before any model is in service. */
export const noModel: ServedModel = { name: 'None', description: 'None', since: 0, usage: 0, duration: 0, min: 0, max: 0 }

export const freshStatistics = (
  model: Pick<Statistics, 'dataType' | 'arrival' | 'name' | 'description'>,
  since: number,
): Statistics => {
  const { dataType, arrival, name, description } = model
  return { dataType, arrival, name, description, since, usage: 0, duration: 0, min: 0, max: 0 }
}

/** The statistics after one more score. Property by property: this is done for every record, and a spread costs three times as much. */
export const withScore = (before: Statistics, durationMs: number): Statistics => ({
  dataType: before.dataType,
  arrival: before.arrival,
  name: before.name,
  description: before.description,
  since: before.since,
  usage: before.usage + 1,
  duration: before.duration + durationMs,
  min: before.usage === 0 || durationMs < before.min ? durationMs : before.min,
  max: durationMs > before.max ? durationMs : before.max,
})

/**
 * One answer from the statistics of all partitions: those of the newest model in service, summed. A partition that has seen
 * no record since that model came still counts for an older one, which is no longer the application's.
 */
export const combined = (parts: readonly Statistics[]): ServedModel => {
  const first = parts[0]
  if (!first) return noModel
  const newest = parts.reduce((best, part) => (compareArrivals(part.arrival, best.arrival) > 0 ? part : best), first)
  const same = parts.filter((part) => part.dataType === newest.dataType && compareArrivals(part.arrival, newest.arrival) === 0)
  const used = same.filter((part) => part.usage > 0)
  const sum = (of: (part: Statistics) => number): number => same.reduce((total, part) => total + of(part), 0)
  return {
    name: newest.name,
    description: newest.description,
    since: Math.min(...same.map((part) => part.since)),
    usage: sum((part) => part.usage),
    duration: sum((part) => part.duration),
    min: used.length === 0 ? 0 : Math.min(...used.map((part) => part.min)),
    max: used.length === 0 ? 0 : Math.max(...used.map((part) => part.max)),
  }
}
