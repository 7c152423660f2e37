import { LimitedConsole } from '../../../apps/model-server/console.ts'

const console = (): { limited: LimitedConsole; lines: string[] } => {
  const lines: string[] = []
  return { limited: new LimitedConsole((line) => lines.push(line)), lines }
}

test('LimitedConsole should print every line while there are few', () => {
  const { limited, lines } = console()
  for (let i = 0; i < 10; i++) limited.print('scores', () => `line ${i}`)
  limited.tick()
  expect(lines).toEqual(Array.from({ length: 10 }, (_, i) => `line ${i}`))
})

test('LimitedConsole should hold back what is too much, and tell how much at the next tick', () => {
  const { limited, lines } = console()
  for (let i = 0; i < 1000; i++) limited.print('scores', () => `line ${i}`)
  expect(lines).toHaveLength(10)
  limited.tick()
  expect(lines.at(-1)).toBe('… and 990 more lines like this (scores)')
  limited.print('scores', () => 'afterwards')
  expect(lines.at(-1)).toBe('afterwards')
})

test('LimitedConsole should not let one kind of lines use up the share of another', () => {
  const { limited, lines } = console()
  for (let i = 0; i < 100; i++) limited.print('scores', () => 'a score')
  limited.print('bad records', () => 'a bad record')
  expect(lines).toContain('a bad record')
})

test('LimitedConsole should not make lines that it does not print', () => {
  const { limited } = console()
  let made = 0
  for (let i = 0; i < 100; i++) limited.print('scores', () => `line ${made++}`)
  expect(made).toBe(10)
})

test('LimitedConsole should print what must not be missed however much there was before', () => {
  const { limited, lines } = console()
  for (let i = 0; i < 100; i++) limited.print('scores', () => 'a score')
  limited.always('New model')
  expect(lines.at(-1)).toBe('New model')
})
