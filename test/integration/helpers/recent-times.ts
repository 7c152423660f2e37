const HOUR_MS = 3_600_000

/**
 * Where the times of a test begin, ms: not long ago, since brokers delete what is older than a changelog's retention; a whole
 * hour, so that windows begin with it.
 */
export const BASE = (Math.floor(Date.now() / HOUR_MS) - 1) * HOUR_MS
