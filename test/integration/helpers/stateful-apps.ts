import type { StreamsConfigInput } from '../../../lib/index.ts'
import type { Family, FamilyOptions, FamilyTopics } from './stateful-topologies.ts'

/** One application: a family of operators, with its topics and its directory. */
export interface FamilyApp extends FamilyOptions {
  readonly family: Family
  readonly applicationId: string
  readonly bootstrapServers: string
  readonly stateDir: string
  readonly topics: FamilyTopics
  /** A static member takes the place of the one before it at once, not when its session has timed out. */
  readonly instanceId?: string
  readonly exactlyOnce?: boolean
  /** Records at which an operator fails are left out. */
  readonly skipsFailures?: boolean
}

/** Brokers refuse records that are more than an hour ahead, unless the topic says otherwise. */
export const ANY_TIMESTAMP = { 'message.timestamp.after.max.ms': '9223372036854775807' }
const ANY_TIME = Object.fromEntries(Object.entries(ANY_TIMESTAMP).map(([name, value]) => [`topic.${name}`, value]))

export const appConfig = ({ applicationId, bootstrapServers, stateDir, caching, instanceId, exactlyOnce, skipsFailures }: FamilyApp): StreamsConfigInput => ({
  applicationId,
  ...ANY_TIME,
  processingGuarantee: exactlyOnce === true ? 'exactly_once_v2' : 'at_least_once',
  // what a killed process leaves open is over soon
  'producer.transaction.timeout.ms': 4000,
  processingExceptionHandler: skipsFailures === true ? 'continue' : 'fail',
  bootstrapServers,
  stateDir,
  commitIntervalMs: 100,
  statestoreCacheMaxBytes: caching ? 1_000_000 : 0,
  '__emit.interval.ms.kstreams.windowed.aggregation__': 0,
  '__emit.interval.ms.kstreams.outer.join.spurious.results.fix__': 0,
  consumer: {
    'heartbeat.interval.ms': 200, 'session.timeout.ms': 6000, 'fetch.max.wait.ms': 50,
    ...(instanceId === undefined ? {} : { 'group.instance.id': instanceId }),
  },
})
