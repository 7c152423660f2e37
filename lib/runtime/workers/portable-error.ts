import * as clientErrors from '../../client/errors.ts'
import * as coreErrors from '../../core/errors.ts'
import * as taskErrors from '../../task/errors.ts'
import * as runtimeErrors from '../errors.ts'
import { IllegalStateError } from '../state-machine.ts'
import { isData } from './data.ts'

/** An error on its way to another thread: its class is gone, what it says is not. */
export interface PortableError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly cause: { readonly error: PortableError } | { readonly value: unknown } | undefined
  /** Everything else it carries, such as `code`. */
  readonly details: Readonly<Record<string, unknown>>
}

/** Causes of causes end somewhere, also where somebody made a ring of them. */
const DEEPEST = 10

const OWN_FIELDS = new Set(['name', 'message', 'stack', 'cause'])

/** What was thrown may be anything. */
export const toPortable = (thrown: unknown, depth = 0): PortableError => {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown), stack: undefined, cause: undefined, details: {} }
  const { name, message, stack, cause } = thrown
  const details = Object.entries(thrown).filter(([field, value]) => !OWN_FIELDS.has(field) && isData(value))
  return { name, message, stack, cause: portableCause(cause, depth), details: Object.fromEntries(details) }
}

const portableCause = (cause: unknown, depth: number): PortableError['cause'] => {
  if (cause === undefined || depth === DEEPEST) return undefined
  if (cause instanceof Error) return { error: toPortable(cause, depth + 1) }
  return { value: isData(cause) ? cause : String(cause) }
}

/** The classes that are the same in all threads, by name. */
const prototypes = new Map<string, Error>(
  [...[coreErrors, taskErrors, runtimeErrors, clientErrors].flatMap((module) => Object.values(module) as unknown[]), IllegalStateError, TypeError, RangeError, SyntaxError]
    .filter((each): each is ErrorConstructor => typeof each === 'function' && each.prototype instanceof Error)
    .map((each) => [each.name, each.prototype]),
)

/** The error as it was: Millrace's own are of their class again, others are plain errors with the name of theirs. */
export const fromPortable = ({ name, message, stack, cause, details }: PortableError): Error => {
  const error = new Error(message, cause === undefined ? undefined : { cause: 'error' in cause ? fromPortable(cause.error) : cause.value })
  const prototype = prototypes.get(name) ?? ('code' in details && String(details.code).startsWith('MILLRACE_') ? coreErrors.StreamsError.prototype : Error.prototype)
  Object.setPrototypeOf(error, prototype)
  if (error.name !== name) error.name = name
  if (stack !== undefined) error.stack = stack
  return Object.assign(error, details)
}
