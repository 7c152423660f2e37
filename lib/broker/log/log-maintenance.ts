import type { Logger } from '../../core/log.ts'
import type { Time } from '../../core/time.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { journalKey, journalKeyParts } from '../storage/journal.ts'
import type { Journal, JsonValue } from '../storage/journal.ts'
import type { TopicRegistry } from '../topics/topic-registry.ts'
import type { CompactionState } from './compaction.ts'
import type { PartitionLog } from './partition-log.ts'
import { applyRetention } from './retention.ts'

const LONGEST_TIMER_MS = 2 ** 31 - 1

/** How often logs are looked at whose records are to be kept for less time than passes between two looks at all logs. */
const BRIEF_LOOK_MS = 5000

/** Loaded when there is a topic to compact. */
const compaction = () => import('./compaction.ts')

const stateKey = (log: PartitionLog): string => journalKey('compaction', log.topic, log.partition)

/** A record may wait `max.compaction.lag.ms` for its compaction, in the active segment too. */
const rollOverdue = (log: PartitionLog, nowMs: number): void => {
  const { active } = log
  if (active !== undefined && active.size > 0 && nowMs - active.firstTimestamp > log.config.maxCompactionLagMs) log.roll()
}

/** Looks round regularly: what is past its time goes, and compacted topics are compacted. */
export class LogMaintenance {
  readonly #topics: TopicRegistry
  readonly #config: BrokerConfig
  readonly #journal: Journal
  readonly #time: Time
  readonly #logger: Logger
  readonly #states = new WeakMap<PartitionLog, CompactionState>()
  readonly #timers = new Set<NodeJS.Timeout>()
  /** One compaction at a time, in the whole broker. */
  #compacting: Promise<void> = Promise.resolve()
  #looking = false
  #closed = false

  constructor(topics: TopicRegistry, config: BrokerConfig, journal: Journal, time: Time, logger: Logger) {
    this.#topics = topics
    this.#config = config
    this.#journal = journal
    this.#time = time
    this.#logger = logger
    for (const [key, value] of journal.restored('compaction/')) {
      const [, topic, partition] = journalKeyParts(key)
      const log = topics.log(topic!, Number(partition))
      if (log !== undefined) this.#states.set(log, value as unknown as CompactionState)
    }
  }

  start(): void {
    this.#every(() => this.#retentionCheckMs, () => this.#guarded(() => this.runRetention()))
    this.#every(() => BRIEF_LOOK_MS, () => this.#guarded(() => this.#runBriefRetention()))
    if (this.#config.boolean('log.cleaner.enable')) this.#every(() => this.#config.number('log.cleaner.backoff.ms'), () => void this.#compactNeeded())
  }

  get #retentionCheckMs(): number {
    return this.#config.number('log.retention.check.interval.ms')
  }

  /** The interval is asked for each time anew: admins may change it. */
  #every(intervalMs: () => number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      run()
      if (!this.#closed) this.#every(intervalMs, run)
    }, Math.min(intervalMs(), LONGEST_TIMER_MS)).unref()
    this.#timers.add(timer)
  }

  /** A disk that fails now may work again at the next interval. */
  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#report(error)
    }
  }

  #report(error: unknown): void {
    this.#logger.error({ error: error instanceof Error ? error.message : String(error) }, 'retention or compaction failed; the log stays as it was')
  }

  /** Applies time and size limits to all logs, and forgets producers that have been silent for long. */
  runRetention(): void {
    const nowMs = this.#time.now()
    const silentSince = nowMs - this.#config.number('producer.id.expiration.ms')
    for (const { partitions } of this.#topics.all()) {
      for (const log of partitions) {
        applyRetention(log, nowMs)
        if (log.producers.size > 0) log.producers.expire(silentSince)
      }
    }
  }

  /** Who keeps records for a second does not want to wait five minutes until they go. */
  #runBriefRetention(): void {
    const nowMs = this.#time.now()
    for (const { logConfig, partitions } of this.#topics.all()) {
      const { retentionMs } = logConfig
      if (retentionMs >= 0 && retentionMs < this.#retentionCheckMs) for (const log of partitions) applyRetention(log, nowMs)
    }
  }

  async #compactNeeded(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    for (const { partitions } of [...this.#topics.all()].filter(({ logConfig }) => logConfig.compact)) {
      for (const log of partitions) await this.#compactIfNeeded(log).catch((error: unknown) => this.#report(error))
    }
    this.#looking = false
  }

  async #compactIfNeeded(log: PartitionLog): Promise<void> {
    rollOverdue(log, this.#time.now())
    const { NEVER_COMPACTED, needsCompaction } = await compaction()
    if (needsCompaction(log, this.#states.get(log) ?? NEVER_COMPACTED, this.#time.now())) await this.compact(log)
  }

  /** Compacts a log now, whatever there is to gain; resolves when it is done. */
  compact(log: PartitionLog): Promise<void> {
    const run = this.#compacting.then(async () => {
      const { NEVER_COMPACTED, compactLog } = await compaction()
      if (this.#closed || log.isDeleted) return
      const state = await compactLog(log, this.#states.get(log) ?? NEVER_COMPACTED, this.#time.now())
      if (log.isDeleted) return
      this.#states.set(log, state)
      this.#journal.put(stateKey(log), state as unknown as JsonValue)
    })
    this.#compacting = run.catch(() => {})
    return run
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers) clearInterval(timer)
    await this.#compacting
  }
}
