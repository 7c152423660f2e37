import { ConfigError, StreamsError } from '../../../lib/core/errors.ts'
import { BrokerUnavailableError } from '../../../lib/client/errors.ts'
import { ProcessingError } from '../../../lib/task/errors.ts'
import { fromPortable, toPortable } from '../../../lib/runtime/workers/portable-error.ts'

const sent = (thrown: unknown): Error => fromPortable(structuredClone(toPortable(thrown)))

describe('an error on its way to another thread', () => {
  test('should keep its class, code, message, stack and causes when it is one of Millrace', () => {
    const error = new ProcessingError('failed', { cause: new BrokerUnavailableError('away', { cause: new RangeError('too far') }) })
    const received = sent(error)
    expect(received).toBeInstanceOf(ProcessingError)
    expect(received).toMatchObject({ name: 'ProcessingError', code: 'MILLRACE_TASK_PROCESSING_FAILED', message: 'failed', stack: error.stack })
    expect(received.cause).toBeInstanceOf(BrokerUnavailableError)
    expect(received.cause).toMatchObject({ retriable: true, message: 'away' })
    expect((received.cause as Error).cause).toBeInstanceOf(RangeError)
  })

  test('should be an error of its name and with its data when its class is not known there', () => {
    class Refused extends Error {
      override readonly name = 'Refused'
      readonly status = 403
      readonly retry = () => {}
    }
    class Late extends StreamsError {}
    const received = sent(new Refused('no', { cause: { reason: 'rights' } }))
    expect(received).toMatchObject({ name: 'Refused', message: 'no', status: 403, cause: { reason: 'rights' } })
    expect(received).not.toHaveProperty('retry')
    expect(sent(new Late('MILLRACE_LATE', 'late'))).toBeInstanceOf(StreamsError)
  })

  test('should be an error when what was thrown is none, or is its own cause', () => {
    expect(sent('just words')).toMatchObject({ name: 'Error', message: 'just words' })
    const ring = new ConfigError('ring')
    ring.cause = ring
    expect(sent(ring)).toBeInstanceOf(ConfigError)
  })
})
