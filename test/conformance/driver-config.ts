import { logAndContinue, logAndFail } from '../../topology/exception-handlers.ts'
import type { BuiltInExtractors } from './options.ts'
import { extractor } from './options.ts'
import type { Scenario } from './scenario.ts'
import { serdeOf } from './values.ts'

const handlers: Readonly<Record<string, unknown>> = { continue: logAndContinue, fail: logAndFail }

/** What a scenario's config value stands for: names of the format become objects, the rest is text as in a properties file. */
const value = (name: string, text: string, builtIn: BuiltInExtractors): unknown => {
  switch (name) {
    case 'default.key.serde':
    case 'default.value.serde':
      return serdeOf(text)
    case 'default.timestamp.extractor':
      return extractor(text, builtIn)
    case 'deserialization.exception.handler':
    case 'processing.exception.handler':
      return handlers[text]
    default:
      return text
  }
}

/** The configuration of a scenario, with what the format says is always set. */
export const driverConfig = (scenario: Scenario, builtIn: BuiltInExtractors): Record<string, unknown> => {
  const own = Object.entries(scenario.config ?? {}).map(([name, text]) => [name, value(name, text, builtIn)])
  return { 'application.id': 'app', ...Object.fromEntries(own) }
}
