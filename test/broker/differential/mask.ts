/** Names of fields whose value says nothing about how a broker behaves, or is for people. */
const NEVER = new Set(['throttleTimeMs', 'errorMessage', 'batchIndexErrorMessage', 'acknowledgeErrorMessage', 'host', 'port', 'clusterId', 'finalizedFeaturesEpoch', 'totalBytes', 'usableBytes', 'logDir', 'clientHost'])
const TIMES = new Set(['logAppendTimeMs', 'transactionStartTimeMs', 'lastTimestamp', 'lastFetchTimestamp', 'lastCaughtUpTimestamp'])
const PRODUCER_IDS = new Set(['producerId'])
const ORDERED = new Set(['synonyms'])

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Kafka sets it for all brokers when it is formatted, a matter of eligible leader replicas. */
const SET_BY_A_FEATURE = 'min.insync.replicas'

const sorted = (list: readonly unknown[]): unknown[] =>
  list.map((one) => [JSON.stringify(one), one] as const).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)

/** Replaces what is a broker's own by what it stands for, the same way for the same value. */
export class Mask {
  readonly #hidden = new Map<string, string>()
  readonly #counts = new Map<string, number>()

  /** Writes `as` and a number for this text from now on. */
  hide(text: string, as: string): void {
    if (this.#hidden.has(text)) return
    const count = (this.#counts.get(as) ?? 0) + 1
    this.#counts.set(as, count)
    this.#hidden.set(text, `<${as} ${count}>`)
  }

  apply(value: unknown, field = ''): unknown {
    if (Buffer.isBuffer(value)) return `${value.length} bytes`
    if (Array.isArray(value)) return this.#list(value, field)
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).filter(([name]) => !NEVER.has(name)).map(([name, inner]) => [name, this.apply(inner, name) ?? null]))
    }
    if (typeof value === 'number') return this.#number(value, field)
    return typeof value === 'string' ? this.#text(value, field) : value
  }

  /** Lists of things are in any order, but for those in which the first is the nearest. */
  #list(values: readonly unknown[], field: string): unknown[] {
    const list = values.map((one) => this.apply(one, field))
    if (field === 'configs') return sorted(list.filter((one) => (one as { name: string }).name !== SET_BY_A_FEATURE))
    if (ORDERED.has(field) || (typeof list[0] !== 'object' && field !== 'partitions')) return list
    return sorted(list)
  }

  #number(value: number, field: string): unknown {
    if (TIMES.has(field)) return value > 0 ? '<time>' : value
    if (field === 'sessionId') return value > 0 ? '<session>' : value
    if (!PRODUCER_IDS.has(field) || value < 0) return value
    this.hide(`producer ${value}`, 'producer')
    return this.#hidden.get(`producer ${value}`)
  }

  #text(value: string, field: string): string {
    if ((field === 'memberId' || field === 'leader') && value !== '') this.hide(value, 'member')
    let text = this.#hidden.get(value) ?? value
    if (text === value) for (const [hidden, as] of this.#hidden) if (hidden.length > 12) text = text.replaceAll(hidden, as)
    return /^[A-Za-z0-9_-]{22}$/.test(text) && /[A-Z]/.test(text) && text !== NO_ID ? '<id>' : text
  }
}
