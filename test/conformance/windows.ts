import { Suppressed } from '../../dsl/suppressed.ts'
import type { SlidingWindows as Sliding, Windows } from '../../dsl/windows.ts'
import { EmitStrategy, JoinWindows, SessionWindows, SlidingWindows, TimeWindows, UnlimitedWindows } from '../../dsl/windows.ts'
import type { JsonObject } from './scenario.ts'
import { flag, integer, NotBuilt, object, requiredText, text } from './scenario.ts'

const requiredInteger = (source: JsonObject, name: string): number => Number(requiredText(source, name))

/** The windows of a `windowedBy` operation. */
export const windowsOf = (source: JsonObject): Windows | Sliding | SessionWindows => {
  const grace = integer(source, 'graceMs')
  switch (requiredText(source, 'type')) {
    case 'tumbling':
      return timeWindows(source, grace)
    case 'hopping':
      return timeWindows(source, grace).advanceBy(requiredInteger(source, 'advanceMs'))
    case 'sliding': {
      const size = requiredInteger(source, 'sizeMs')
      return grace === undefined ? SlidingWindows.ofTimeDifferenceWithNoGrace(size) : SlidingWindows.ofTimeDifferenceAndGrace(size, grace)
    }
    case 'session': {
      const gap = requiredInteger(source, 'gapMs')
      return grace === undefined ? SessionWindows.ofInactivityGapWithNoGrace(gap) : SessionWindows.ofInactivityGapAndGrace(gap, grace)
    }
    case 'unlimited': {
      const start = integer(source, 'startMs')
      return start === undefined ? UnlimitedWindows.of() : UnlimitedWindows.of().startOn(start)
    }
    default:
      throw new NotBuilt(`windows of type ${text(source, 'type')}`)
  }
}

const timeWindows = (source: JsonObject, grace: number | undefined): TimeWindows => {
  const size = requiredInteger(source, 'sizeMs')
  return grace === undefined ? TimeWindows.ofSizeWithNoGrace(size) : TimeWindows.ofSizeAndGrace(size, grace)
}

export const emitStrategy = (name: string): EmitStrategy =>
  name === 'onWindowClose' ? EmitStrategy.onWindowClose() : EmitStrategy.onWindowUpdate()

/** The windows of a stream-stream join. */
export const joinWindows = (operation: JsonObject): JoinWindows => {
  const source = object(operation, 'windows') ?? {}
  const grace = integer(source, 'graceMs')
  const difference = requiredInteger(source, 'diffMs')
  const both = grace === undefined ? JoinWindows.ofTimeDifferenceWithNoGrace(difference) : JoinWindows.ofTimeDifferenceAndGrace(difference, grace)
  const before = integer(source, 'beforeMs')
  const after = integer(source, 'afterMs')
  const earlier = before === undefined ? both : both.before(before)
  return after === undefined ? earlier : earlier.after(after)
}

/** What a `suppress` operation says, section 4 of the format. */
export const suppressed = (operation: JsonObject): Suppressed<never> => {
  const buffer = object(operation, 'buffer') ?? {}
  const config = {
    name: text(operation, 'name'),
    maxRecords: integer(buffer, 'maxRecords'),
    maxBytes: integer(buffer, 'maxBytes'),
    logging: flag(buffer, 'logging'),
  }
  if (requiredText(operation, 'until') === 'windowCloses') return Suppressed.untilWindowCloses(config)
  const whenFull = text(buffer, 'full') === 'shutdown' ? 'shut-down' : 'emit-early'
  return Suppressed.untilTimeLimit(requiredInteger(operation, 'ms'), { ...config, whenFull })
}
