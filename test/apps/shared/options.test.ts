import { brokerList } from '../../../apps/shared/kafka.ts'
import { portNumber, settingsOf, wholeNumber } from '../../../apps/shared/options.ts'
import { storeKind } from '../../../apps/shared/store-kind.ts'

test.each([
  ['m', 'memory'],
  ['memory', 'memory'],
  ['s', 'standard'],
  ['standard', 'standard'],
  ['c', 'custom'],
  ['custom', 'custom'],
])('storeKind should understand %s, as an option and as a bare word', (word, kind) => {
  expect(storeKind(word, [])).toBe(kind)
  expect(storeKind(undefined, [word])).toBe(kind)
})

test('storeKind should be custom when nothing is said', () => {
  expect(storeKind(undefined, [])).toBe('custom')
})

test.each([[['disk']], [['m', 's']], [['toString']]])('storeKind should refuse %j', (words) => {
  expect(() => storeKind(undefined, words)).toThrow(`'${words.join(' ')}' is not understood: name one store, memory`)
})

test('storeKind should refuse a bare word beside the option', () => {
  expect(() => storeKind('memory', ['s'])).toThrow('is not understood')
})

test('brokerList should take one or several brokers, with or without spaces', () => {
  expect(brokerList('a:1')).toEqual(['a:1'])
  expect(brokerList('a:1, b:2,')).toEqual(['a:1', 'b:2'])
  expect(() => brokerList(' , ')).toThrow('no broker is named')
})

test('settingsOf should split at the first equals sign', () => {
  expect(settingsOf(['commit.interval.ms=5', 'x.y=a=b'])).toEqual({ 'commit.interval.ms': '5', 'x.y': 'a=b' })
  expect(() => settingsOf(['=5'])).toThrow('--config takes NAME=VALUE')
})

test('wholeNumber should name the option and the limits when it refuses a number', () => {
  expect(wholeNumber('partitions', 4, 1)).toBe(4)
  expect(() => wholeNumber('partitions', 1.5, 1)).toThrow('--partitions takes a whole number of 1 or more, not 1.5')
  expect(() => wholeNumber('partitions', NaN, 1)).toThrow('not NaN')
  expect(() => portNumber('port', 65_536)).toThrow('--port takes a whole number from 0 to 65535, not 65536')
})
