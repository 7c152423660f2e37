import type { Logger } from '../../lib/index.ts'
import type { LimitedConsole } from './console.ts'

/** Shows what the engine warns of as lines on the console. Bad records are not among them: their handlers tell of them. */
export const serverLog = (console: LimitedConsole): Logger => {
  const show = (fields: object, message = ''): void => {
    const { err, error, reason, processor } = fields as Readonly<Record<string, unknown>>
    if (processor !== undefined) return
    const why = err instanceof Error ? err.message : (error ?? reason)
    console.print('warnings', () => (why === undefined ? `Warning - ${message}` : `Warning - ${message}: ${String(why)}`))
  }
  return { debug: () => {}, info: () => {}, warn: show, error: show }
}
