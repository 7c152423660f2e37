import { lastJson, runProgram } from '../../bench/run-program.ts'

describe('programs that the benchmark runs', () => {
  test('the result should be found behind what tools write around it', () => {
    expect(lastJson('{"early":1}\nwarming up\n\u001b[0m{"rate":5}\nbye\n')).toEqual({ rate: 5 })
  })

  test('output without a result should be an error that shows it', () => {
    expect(() => lastJson('nothing here')).toThrow('nothing here')
  })

  test('a program that fails should be reported with its code and its last words', async () => {
    const script = 'console.error("no such topic"); process.exit(3)'
    await expect(runProgram(process.execPath, ['-e', script])).rejects.toThrow(/ended with code 3:\nno such topic/)
  })
})
