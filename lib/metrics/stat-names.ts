import type { StatName } from './metric-scope.ts'

/** Names and descriptions that many metrics of Kafka Streams are made of in the same way. */

/** `calls`: what is counted, such as `calls to process`. */
export const rateAndTotal = (operation: string, calls: string, count: 'total' | 'count' = 'count'): StatName[] => [
  [`${operation}-rate`, count === 'count' ? 'occurrences' : 'rate', `The average number of ${calls} per second`],
  [`${operation}-total`, count, `The total number of ${calls}`],
]

export const latency = (operation: string, of: string): StatName[] => [
  [`${operation}-latency-avg`, 'avg', `The average latency of ${of}`],
  [`${operation}-latency-max`, 'max', `The maximum latency of ${of}`],
]

export const minMaxAvg = (name: string, what: string): StatName[] => [
  [`${name}-avg`, 'avg', `The average ${what}`],
  [`${name}-max`, 'max', `The maximum ${what}`],
  [`${name}-min`, 'min', `The minimum ${what}`],
]
