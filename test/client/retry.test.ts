import { BrokerUnavailableError, ClosedError, InvalidRequestError } from '../../lib/client/errors.ts'
import { retry } from '../../lib/client/retry.ts'

const quick = { baseMs: 1, maxMs: 2, timeoutMs: 10_000 }

describe('retry', () => {
  test('should try again until it works', async () => {
    const attempts: number[] = []
    const result = await retry(quick, async (n) => {
      attempts.push(n)
      if (n < 3) throw new BrokerUnavailableError('not yet')
      return 'done'
    })
    expect(result).toBe('done')
    expect(attempts).toEqual([0, 1, 2, 3])
  })

  test('should give up at once when the error does not pass by itself', async () => {
    let attempts = 0
    const failing = retry(quick, async () => {
      attempts += 1
      throw new InvalidRequestError('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(attempts).toBe(1)
  })

  test('should throw the last error when time is up', async () => {
    const failing = retry({ ...quick, timeoutMs: 20 }, async (n) => {
      throw new BrokerUnavailableError(`attempt ${n}`)
    })
    await expect(failing).rejects.toThrow(/attempt [1-9]/)
  })

  test('should end its pause with the reason of the signal when it aborts', async () => {
    const closing = new AbortController()
    const failing = retry({ baseMs: 60_000, maxMs: 60_000, timeoutMs: Infinity, signal: closing.signal, onRetry: () => closing.abort(new ClosedError('closed')) }, async () => {
      throw new BrokerUnavailableError('gone')
    })
    await expect(failing).rejects.toThrow('closed')
  })
})
