import { RestoreProgress } from '../../lib/runtime/restore-progress.ts'

const at = (partition: number): { topic: string; partition: number } => ({ topic: 'log', partition })

describe('the progress of restoring', () => {
  let written: string[]
  let now: number
  const progressOn = (isTTY: boolean, columns = 120): RestoreProgress => new RestoreProgress({ isTTY, columns, write: (text) => written.push(text) }, () => now)

  beforeEach(() => {
    written = []
    now = 1000
  })

  /** Two stores of 1,000 records, of which the first is restored by half after a second. */
  const halfOfOne = (progress: RestoreProgress): void => {
    progress.onRestoreStart(at(0), 's', 0, 1000)
    progress.onRestoreStart(at(1), 's', 500, 1500)
    now += 1000
    progress.onBatchRestored(at(0), 's', 499, 500)
  }

  test('should be a bar in one line on a terminal, with the rate and the time that is left', () => {
    const progress = progressOn(true)
    halfOfOne(progress)
    expect(written).toEqual(['\r\x1b[Krestoring 2 stores [######------------------] 25 %, 500 records, 500/s, 3.0 s left'])
    progress.onBatchRestored(at(0), 's', 599, 100)
    expect(written).toHaveLength(1)
    now += 3000
    progress.onRestoreEnd(at(0))
    progress.onBatchRestored(at(1), 's', 1499, 1000)
    progress.onRestoreEnd(at(1))
    expect(written.at(-1)).toBe('\r\x1b[Krestored 2 stores, 1,600 records in 4.0 s\n')
  })

  test('should be cut to the width of the terminal', () => {
    halfOfOne(progressOn(true, 30))
    expect(written[0]).toHaveLength('\r\x1b[K'.length + 29)
  })

  test('should be plain lines elsewhere, not more than one in five seconds', () => {
    const progress = progressOn(false)
    halfOfOne(progress)
    expect(written).toEqual([])
    now += 5000
    progress.onBatchRestored(at(1), 's', 999, 500)
    expect(written).toEqual(['restoring 2 stores: 50 %, 1,000 records, 167/s, 6.0 s left\n'])
  })

  test('should say nothing where nothing is to be restored, and tell of what was given up', () => {
    const progress = progressOn(false)
    progress.onRestoreStart(at(0), 's', 7, 7)
    progress.onRestoreEnd(at(0))
    expect(written).toEqual([])
    progress.onRestoreStart(at(0), 's', 0, 10)
    progress.onRestoreSuspended(at(0))
    expect(written).toEqual(['restoring was given up: 1 store, 0 records in 0.0 s\n'])
  })
})
