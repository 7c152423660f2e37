import { badRecordHandlers, RecordNotScoredError } from '../../../apps/model-server/bad-records.ts'
import { LimitedConsole } from '../../../apps/model-server/console.ts'
import { serverLog } from '../../../apps/model-server/server-log.ts'
import type { ErrorHandlerContext, FailedOutput } from '../../../lib/index.ts'
import { Headers, SerializationError } from '../../../lib/index.ts'

const context = { topic: 'records', partition: 1, offset: 7, headers: Headers.empty, processorNodeId: 'score', taskId: '0_1', timestamp: 0, sourceRawKey: undefined, sourceRawValue: undefined } satisfies ErrorHandlerContext
const output = (topic: string): FailedOutput => ({ topic, partition: 0, key: undefined, value: undefined, timestamp: 0, headers: Headers.empty, serialization: undefined })

const handlers = () => {
  const lines: string[] = []
  const console = new LimitedConsole((line) => lines.push(line))
  return { ...badRecordHandlers(console, 'letters'), lines, console }
}

describe('badRecordHandlers', () => {
  test('should let records pass that cannot be scored, and number them', () => {
    const { processingExceptionHandler, deserializationExceptionHandler, lines } = handlers()
    expect(processingExceptionHandler(context, undefined, new RecordNotScoredError('a', new Error('no alcohol')))).toBe('continue')
    expect(deserializationExceptionHandler(context, {} as never, new SerializationError('no record'))).toBe('continue')
    expect(lines).toEqual(['Bad record 1 - records-1@7 goes to letters: model a: no alcohol', 'Bad record 2 - records-1@7 goes to letters: no record'])
  })

  test('should stop at any other error, such as one of the store', () => {
    const { processingExceptionHandler, lines } = handlers()
    expect(processingExceptionHandler(context, undefined, new Error('the disk is full'))).toBe('fail')
    expect(lines).toEqual([])
  })

  test('should stop when scores cannot be written, but not when a dead letter cannot', () => {
    const { productionExceptionHandler, lines } = handlers()
    expect(productionExceptionHandler(context, output('scores'), new Error('too large'))).toBe('fail')
    expect(productionExceptionHandler(context, output('letters'), new Error('too large'))).toEqual({ result: 'continue' })
    expect(lines).toEqual(['A dead letter could not be written to letters: too large'])
  })
})

describe('serverLog', () => {
  test('should show what the engine warns of, with the reason, but not what handlers have told', () => {
    const { lines, console } = handlers()
    const log = serverLog(console)
    log.warn({ err: new Error('no leader') }, 'a commit failed')
    log.error({ reason: 'damaged' }, 'stores are wiped')
    log.warn({ topic: 'x' }, 'it begins again')
    log.warn({ processor: 'score', err: new Error('x') }, 'Exception handler decided to continue')
    log.info({}, 'not shown')
    log.debug({}, 'not shown')
    expect(lines).toEqual(['Warning - a commit failed: no leader', 'Warning - stores are wiped: damaged', 'Warning - it begins again'])
  })
})
